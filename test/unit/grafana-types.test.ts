import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { DASHBOARDS } from '../../grafana/src/index.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TSC = join(ROOT, 'node_modules', '.bin', 'tsc');
const run = promisify(execFile);

/**
 * The types that Grafana publishes, made to fit JSON: where they have an enum, JSON has its value. Options and field
 * options are those of the panel's type, which the dashboard's own type leaves open; queries are Prometheus'.
 */
const TYPES = `
import type * as schema from '@grafana/schema';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as bargauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as text from '@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import type { Dashboard as SdkDashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';

type Json<T> = unknown extends T ? T
  : T extends string ? \`\${T}\`
  : T extends (...args: never[]) => unknown ? never
  : T extends readonly (infer Item)[] ? Json<Item>[]
  : T extends object ? { [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]: Json<T[K]> }
  : T;

type Drawn<Type extends string, Options, Custom> = Json<Omit<schema.Panel, 'type' | 'options' | 'fieldConfig' | 'targets'>> & {
  type: Type;
  options?: Json<Options>;
  fieldConfig?: Json<Omit<schema.FieldConfigSource, 'defaults'>> & {
    defaults: Json<Omit<schema.FieldConfig, 'custom'>> & { custom?: Json<Partial<Custom>> };
  };
  targets?: Json<Dataquery>[];
};

type Panel =
  | Drawn<'stat', stat.Options, {}>
  | Drawn<'bargauge', bargauge.Options, {}>
  | Drawn<'table', table.Options, table.FieldConfig>
  | Drawn<'text', text.Options, {}>
  | Drawn<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | Json<schema.RowPanel>;

export type Dashboard = Json<Omit<schema.Dashboard, 'panels'>> & { panels: Panel[] };
export type BySdk = Json<SdkDashboard>;
`;

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: [],
  },
  include: ['*.ts'],
};

describe('the checked-in JSON, against the types that Grafana publishes', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peermeter-grafana-types-'));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(folder, 'types.ts'), TYPES);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  });
  after(() => rm(folder, { recursive: true }));

  /** A module that holds the JSON as a literal, so that a key which is in no type is an error as well. */
  const typed = (json: string): string => `import type { BySdk, Dashboard } from './types.ts';
export const dashboard: Dashboard = ${json};
export const again: BySdk = ${json};
`;
  const errors = async (): Promise<string[]> => {
    const output = await run(TSC, ['-p', folder]).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
    return output.split('\n').filter((line) => line !== '');
  };
  const jsonOf = (file: string): Promise<string> => readFile(join(ROOT, 'grafana', 'dashboards', file), 'utf8');

  test('fits them, and is the same after a round trip through a value of that type', async () => {
    for (const file of Object.keys(DASHBOARDS)) await writeFile(join(folder, `${file}.ts`), typed(await jsonOf(file)));
    assert.deepEqual(await errors(), []);
    for (const file of Object.keys(DASHBOARDS)) {
      const { dashboard, again } = await import(pathToFileURL(join(folder, `${file}.ts`)).href);
      for (const value of [dashboard, again]) assert.equal(`${JSON.stringify(value, null, 2)}\n`, await jsonOf(file));
    }
  });

  test('and would not fit with a mistake in it', async () => {
    const good = await jsonOf('multi-peer.json');
    const mistakes: Readonly<Record<string, (json: string) => string>> = {
      'a key of no type': (json) => json.replace('"uid":', '"uuid":'),
      'a wrong kind of value': (json) => json.replace('"refresh": "5s"', '"refresh": 5'),
      'a value that is no member': (json) => json.replace('"mode": "absolute"', '"mode": "relative"'),
      'an option of another panel': (json) => json.replace('"graphMode":', '"graphMoode":'),
      'a field option that does not exist': (json) => json.replace('"fillOpacity": 0', '"fillOpaqueness": 0'),
      'a query without an expression': (json) => json.replace('"expr":', '"expression":'),
    };
    for (const [name, make] of Object.entries(mistakes)) {
      const bad = make(good);
      assert(bad !== good, name);
      await writeFile(join(folder, 'multi-peer.json.ts'), typed(bad));
      assert.notDeepEqual(await errors(), [], name);
    }
  });
});
