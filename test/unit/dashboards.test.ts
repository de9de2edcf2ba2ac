import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { DASHBOARDS, dashboardJson } from '../../grafana/src/index.ts';
import { PROVISIONED_UID } from '../../grafana/src/variables.ts';
import { FOREIGN } from '../../prometheus/src/foreign.ts';
import { RECORDED, type RecordedKey, recordedName, recordingRulesYaml } from '../../prometheus/src/recording.ts';
import { OWNER } from '../../prometheus/src/vector.ts';
import { METRIC_ROWS } from '../../src/contract/metrics.ts';
import { prometheusLabel } from '../../src/contract/naming.ts';
import { DOCUMENTED_PANELS } from '../support/documented-panels.ts';
import { dashboardFiles, interpolate, queriesOf } from '../support/grafana.ts';
import { namedIn } from '../support/rule-expressions.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');

const HISTOGRAM_SUFFIXES = ['_bucket', '_sum', '_count'];

/** Every name a query may use, with the labels its series have. */
const KNOWN = new Map<string, readonly string[]>([
  ...METRIC_ROWS.flatMap(({ name, kind, labels }) =>
    (kind === 'histogram' ? HISTOGRAM_SUFFIXES : ['']).map(
      (suffix) => [name + suffix, [...Object.keys(labels).map(prometheusLabel), ...OWNER, 'le']] as const,
    ),
  ),
  ...Object.values(FOREIGN).map(({ name, labels }) => [name, [...labels, ...OWNER]] as const),
  ...(Object.keys(RECORDED) as RecordedKey[]).map((key) => [recordedName(key), RECORDED[key].labels] as const),
]);
/** On series that have no one name, and of the name itself. */
const OTHER_LABELS = ['__name__', 'otel_metric_overflow'];

/** The metrics an expression names, and the labels; throws where it is no PromQL. */
function namesIn(promql: string): { metrics: string[]; labels: string[] } {
  const { selectors, grouping } = namedIn(promql);
  return {
    metrics: selectors.map(({ metric }) => metric).filter((metric) => metric !== ''),
    labels: [...selectors.flatMap(({ asked }) => asked.map(({ label }) => label)), ...grouping],
  };
}

const files = dashboardFiles();
const queries = files.flatMap((file) =>
  queriesOf(file).map((query) => ({ ...query, promql: interpolate(query.expr, file.templating.list) })),
);

describe('the dashboards that are checked in', () => {
  test('are those that the code makes (npm run dashboards)', () => {
    for (const [file, dashboard] of Object.entries(DASHBOARDS)) {
      assert.equal(read('grafana', 'dashboards', file), dashboardJson(dashboard), file);
    }
    const there = readdirSync(join(ROOT, 'grafana', 'dashboards'));
    assert.deepEqual(there.sort(), Object.keys(DASHBOARDS).sort());
  });

  test('have the documented address, title, refresh and panels', () => {
    const documented = files.find(({ uid }) => uid === 'multi-peer');
    assert.equal(documented?.title, 'libp2p Multi-Peer Resource Monitoring');
    assert.equal(documented?.refresh, '5s');
    const titles = documented?.panels.map(({ title }) => title) ?? [];
    assert.deepEqual(
      [...DOCUMENTED_PANELS, 'Memory Allocation Patterns'].filter((title) => !titles.includes(title)),
      [],
    );
  });

  test('import as they are: plain JSON, each with a uid of its own and no id of another Grafana', () => {
    assert.equal(new Set(files.map(({ uid }) => uid)).size, files.length);
    for (const file of files) {
      assert.match(file.uid, /^[a-z0-9-]{1,40}$/);
      assert.equal(file.id ?? null, null);
      assert(!('dashboard' in file) && Array.isArray(file.panels));
    }
  });

  test('ask the provisioned data source, unless another is chosen', () => {
    const { datasources } = parse(read('grafana', 'provisioning', 'datasources', 'prometheus.yaml'));
    assert.deepEqual(
      datasources.map(({ uid }: { uid: string }) => uid),
      [PROVISIONED_UID],
    );
    for (const { templating, panels, uid } of files) {
      const variable = templating.list.find(({ name }) => name === 'datasource');
      assert.equal(variable?.type, 'datasource');
      assert.equal(variable?.current.value, PROVISIONED_UID, uid);
      for (const panel of panels.filter(({ targets }) => targets !== undefined)) {
        for (const { datasource } of [panel, ...(panel.targets ?? [])]) {
          assert.deepEqual(datasource, { type: 'prometheus', uid: '$' + '{datasource}' }, panel.title);
        }
      }
    }
  });

  test('share the crosshair, and lead to each other with variables and time', () => {
    for (const { uid, graphTooltip, links, tags } of files) {
      assert.equal(graphTooltip, 1, uid);
      const [link] = links as { type: string; tags: string[]; includeVars: boolean; keepTime: boolean }[];
      assert.equal(link?.type, 'dashboards');
      assert(link.includeVars && link.keepTime && !('placement' in link), 'shown at the top, not in a menu');
      assert(link.tags.every((tag) => (tags as string[]).includes(tag)));
    }
  });
});

describe('every panel', () => {
  const panels = files.flatMap((file) =>
    file.panels.map((panel) => ({ ...panel, where: `${file.uid} / ${panel.title}` })),
  );
  const drawn = panels.filter(({ type }) => type !== 'row');

  test('has a description of its own, a unit and a number', () => {
    for (const { where, description = '', type, fieldConfig } of drawn) {
      assert.match(description, /^\S.{20,}/s, where);
      if (type !== 'text') assert(fieldConfig?.defaults.unit, where);
    }
    for (const file of files) {
      const ids = file.panels.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length, file.uid);
      assert(!ids.includes(0));
    }
  });

  test('lies within 24 columns, and on no other', () => {
    for (const file of files) {
      const taken = new Map<string, string>();
      for (const { title, gridPos } of file.panels) {
        const { x, y, w, h } = gridPos;
        assert(x >= 0 && w > 0 && h > 0 && x + w <= 24, `${file.uid} / ${title} ${JSON.stringify(gridPos)}`);
        for (let column = x; column < x + w; column++) {
          for (let row = y; row < y + h; row++) {
            const cell = `${column},${row}`;
            assert(!taken.has(cell), `${file.uid} / ${title} lies on ${taken.get(cell)}`);
            taken.set(cell, title);
          }
        }
      }
    }
  });

  test('names its queries A, B, C, and draws them or asks for now, not both', () => {
    for (const { where, targets = [] } of panels) {
      assert.deepEqual(
        targets.map(({ refId }) => refId),
        targets.map((_, index) => String.fromCharCode(65 + index)),
        where,
      );
      for (const { instant, range } of targets) assert.notEqual(instant, range, where);
    }
  });

  test('says what its thresholds are for', () => {
    for (const { where, description = '', fieldConfig } of drawn) {
      const steps = (fieldConfig?.defaults as { thresholds?: { steps: { value: number | null }[] } })?.thresholds
        ?.steps;
      if ((steps?.length ?? 0) > 1) assert.match(description, /(Yellow|Red) from/, where);
    }
  });
});

describe('every query', () => {
  test('is PromQL', () => {
    assert(queries.length > 100);
    for (const { where, promql } of queries) assert.doesNotThrow(() => namesIn(promql), where);
  });

  test('names metrics and labels of the contract, of the rules, or of the list of others', () => {
    for (const { where, promql } of queries) {
      const { metrics, labels } = namesIn(promql);
      for (const metric of metrics) assert(KNOWN.has(metric), `${where}: ${metric}`);
      const known = [...OTHER_LABELS, ...OWNER, ...metrics.flatMap((metric) => KNOWN.get(metric) ?? [])];
      for (const label of labels) assert(known.includes(label), `${where}: ${label}`);
    }
  });

  test('takes rates over a window that fits the step, and divides by nothing that may be 0', () => {
    for (const file of files) {
      for (const { where, expr } of queriesOf(file)) {
        for (const [, window] of expr.matchAll(/rate\([^[]*\[([^\]]+)\]/g))
          assert.equal(window, '$__rate_interval', where);
        for (const [, divisor] of expr.matchAll(/ \/ (?:on \([^)]*\) group_left \(\) )?(.*)/g)) {
          assert.match(divisor ?? '', /^\(.* > 0\)/, where);
        }
      }
    }
  });
});

describe('the contract', () => {
  test('is on the panels, all of it', () => {
    const shown = new Set(queries.flatMap(({ promql }) => namesIn(promql).metrics));
    const missing = METRIC_ROWS.filter(
      ({ name, kind }) =>
        !(kind === 'histogram' ? HISTOGRAM_SUFFIXES.some((suffix) => shown.has(name + suffix)) : shown.has(name)),
    );
    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
    );
  });

  test('and every name of the list of others and every recording rule is on one too', () => {
    const shown = new Set(queries.flatMap(({ promql }) => namesIn(promql).metrics));
    const unused = [
      ...Object.values(FOREIGN).map(({ name }) => name),
      ...(Object.keys(RECORDED) as RecordedKey[]).map(recordedName),
    ].filter((name) => !shown.has(name));
    assert.deepEqual(unused, []);
  });
});

describe('the recording rules', () => {
  const { groups } = parse(read('prometheus', 'rules', 'recording.yml')) as {
    groups: { rules: { record: string; expr: string }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);

  test('are those that the code makes (npm run dashboards)', () => {
    assert.equal(read('prometheus', 'rules', 'recording.yml'), recordingRulesYaml());
  });

  test('are PromQL over the contract, named level:metric:operations', () => {
    assert(rules.length > 5);
    for (const { record, expr } of rules) {
      assert.match(record, /^[a-z_]+:libp2p_[a-z0-9_]+:[a-z0-9_]+$/);
      for (const metric of namesIn(expr).metrics)
        assert(KNOWN.has(metric) && !metric.includes(':'), `${record}: ${metric}`);
    }
  });

  test('have a case for promtool each', () => {
    const cases = read('prometheus', 'tests', 'recording.yml');
    for (const { record } of rules) assert(cases.includes(record), record);
  });
});
