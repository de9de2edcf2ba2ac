/** Writes the dashboards and the recording rules that are made from code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DASHBOARDS, dashboardJson } from '../grafana/src/index.ts';
import { recordingRulesYaml } from '../prometheus/src/recording.ts';

const root = join(import.meta.dirname, '..');

for (const [file, dashboard] of Object.entries(DASHBOARDS)) {
  writeFileSync(join(root, 'grafana', 'dashboards', file), dashboardJson(dashboard));
}
writeFileSync(join(root, 'prometheus', 'rules', 'recording.yml'), recordingRulesYaml());
