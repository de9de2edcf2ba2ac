/** Writes what is made from code: the reference of all metrics, and the schema of the configuration file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configSchema } from '../src/config/json-schema.ts';
import { referenceMarkdown } from '../src/contract/reference.ts';
import { EXPORTER_TYPES } from '../src/telemetry/exporters/index.ts';

const root = join(import.meta.dirname, '..');
writeFileSync(join(root, 'docs', 'metrics.md'), referenceMarkdown());
writeFileSync(join(root, 'peermeter.schema.json'), `${JSON.stringify(configSchema(EXPORTER_TYPES), null, 2)}\n`);
