import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FOREIGN } from '../../prometheus/src/foreign.ts';
import { RECORDED, type RecordedKey, recordedName } from '../../prometheus/src/recording.ts';
import { OWNER } from '../../prometheus/src/vector.ts';
import { promtool } from '../../stack/prometheus.ts';
import { eventually } from '../support/eventually.ts';
import {
  type Choice,
  dashboardFiles,
  interpolate,
  type PanelQuery,
  queriesOf,
  stepSeconds,
  type VariableOfFile,
} from '../support/grafana.ts';
import { startPull, startPush, type Way } from '../support/ways.ts';

const PROMETHEUS = join(import.meta.dirname, '..', '..', 'prometheus');
/** What a histogram needs to be seen twice, and a rule to look back. */
const DEADLINE_MS = 90_000;

/** Panels that cannot have data in a set-up, each with the reason. One of these that has data after all fails as well. */
const WITHOUT_DATA: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  push: {},
  pull: {
    'peermeter-pipeline / Oldest Push': 'nothing is pushed',
    'peermeter-pipeline / Where Pushes Go': 'nothing is pushed',
    'peermeter-pipeline / Points Refused': 'there is no Collector',
    'peermeter-pipeline / Points through the Collector': 'there is no Collector',
    'peermeter-pipeline / Queue of the Collector': 'there is no Collector',
    'peermeter-pipeline / Memory of the Collector': 'there is no Collector',
    'peermeter-pipeline / Uptime of the Collector': 'there is no Collector',
  },
};

const WAYS = { push: startPush, pull: startPull };

for (const [name, start] of Object.entries(WAYS)) {
  describe(`a server with 50 peers in trouble, by ${name}`, { timeout: 400_000 }, () => {
    let way: Way;
    before(async () => {
      way = await start();
    });
    after(() => way?.stop());

    /** The values of every point of the answer, asked for as Grafana asks. */
    const valuesOf = async (query: PanelQuery, variables: readonly VariableOfFile[], choice: Choice) => {
      const promql = interpolate(query.expr, variables, choice);
      if (query.instant) return (await way.prometheus.query(promql)).map(({ value }) => value);
      const end = new Date();
      const start = new Date(end.getTime() - (choice.rangeSeconds ?? 900) * 1000);
      const lines = await way.prometheus.queryRange(promql, { start, end, stepSeconds: stepSeconds(choice) });
      return lines.flatMap(({ points }) => points.map(({ value }) => value));
    };

    for (const { uid, panels, templating, ...rest } of dashboardFiles()) {
      const queries = queriesOf({ uid, panels, templating, ...rest });
      const ask = (query: PanelQuery, choice: Choice) => valuesOf(query, templating.list, choice);
      const mayBeEmpty = ({ where }: PanelQuery): boolean => where.replace(/ \/ .$/, '') in (WITHOUT_DATA[name] ?? {});

      test(`${uid}: every query has data, and none is NaN or infinite`, async () => {
        const choices: Choice[] = [
          {},
          { values: { job: [way.job], instance: [way.instances.server, way.instances.twofold, way.instances.gone] } },
          { rangeSeconds: 7 * 86_400 },
        ];
        for (const choice of choices) {
          await eventually(
            async () => {
              const wrong: string[] = [];
              for (const query of queries) {
                const values = await ask(query, choice);
                if (!values.every(Number.isFinite)) wrong.push(`${query.where} is not finite`);
                if (values.length === 0 && !mayBeEmpty(query)) wrong.push(`${query.where} is empty`);
                if (values.length > 0 && mayBeEmpty(query)) wrong.push(`${query.where} has data after all`);
              }
              assert.deepEqual(wrong, [], JSON.stringify(choice));
            },
            DEADLINE_MS,
            2000,
          );
        }
      });

      test(`${uid}: nothing is NaN or infinite of a daemon without peers`, async () => {
        for (const query of queries) {
          const values = await ask(query, { values: { job: [way.job], instance: [way.instances.lonely] } });
          assert(values.every(Number.isFinite), query.where);
        }
      });

      test(`${uid}: the variables list what there is`, async () => {
        const values = async (variable: string): Promise<string[]> => {
          const { query } = templating.list.find((one) => one.name === variable) ?? assert.fail(variable);
          const [, selector = '', label = ''] =
            /^label_values\((.+), (\w+)\)$/.exec((query as { query: string }).query) ?? [];
          const series = await way.prometheus.series(interpolate(selector, templating.list));
          return [...new Set(series.map((labels) => labels[label] ?? ''))].sort();
        };
        assert.deepEqual(await values('job'), [way.job]);
        assert.deepEqual(await values('instance'), Object.values(way.instances).sort());
      });
    }

    test('every recording rule has data for each daemon that can have it, under the labels it says', async () => {
      for (const key of Object.keys(RECORDED) as RecordedKey[]) {
        const samples = await way.prometheus.query(recordedName(key));
        const found = new Set(samples.map(({ metric }) => metric.instance));
        for (const daemon of ['server', 'twofold'] as const)
          assert(found.has(way.instances[daemon]), `${key} ${daemon}`);
        for (const { metric, value } of samples) {
          assert(Number.isFinite(value), recordedName(key));
          assert.deepEqual(Object.keys(metric).sort(), ['__name__', ...RECORDED[key].labels].sort(), key);
        }
      }
    });

    test('Prometheus takes every rule there is, and has evaluated without an error what was due', async () => {
      const { data } = (await (await fetch(`${way.prometheus.url}/api/v1/rules`)).json()) as {
        data: { groups: { rules: { name: string; query: string; health: string; lastError?: string }[] }[] };
      };
      const rules = data.groups.flatMap((group) => group.rules);
      assert(rules.length >= Object.keys(RECORDED).length);
      for (const { name, query, health, lastError } of rules) {
        // Some groups are due once a minute. An alert that has nothing to say answers with nothing.
        assert(['ok', 'unknown'].includes(health), `${name}: ${lastError}`);
        await way.prometheus.query(query);
      }
    });

    test('the names of others are really theirs, with these labels and types', async () => {
      const types = new Map((await way.prometheus.targetMetadata()).map(({ metric, type }) => [metric, type]));
      for (const { name: metric, kind, from, labels } of Object.values(FOREIGN)) {
        if (from === 'collector' && name === 'pull') continue;
        const samples = await way.prometheus.query(metric);
        assert(samples.length > 0, metric);
        for (const sample of samples) {
          assert.deepEqual(Object.keys(sample.metric).sort(), ['__name__', ...OWNER, ...labels].sort(), metric);
        }
        // Of what Prometheus adds to a scrape there is no description; a histogram's parts are counters.
        const type = types.get(metric) ?? types.get(metric.replace(/_(sum|count)$/, ''));
        if (from === 'collector') assert.equal(type?.replace('histogram', 'counter'), kind, metric);
      }
    });

    test('and the trouble was real', async () => {
      const total = async (promql: string) => (await way.prometheus.query(promql))[0]?.value ?? 0;
      const of = `{job="${way.job}", instance="${way.instances.server}"}`;
      await eventually(async () => {
        assert((await total(`max_over_time(libp2p_concurrent_peers${of}[10m])`)) >= 50, 'fifty peers');
        assert((await total(`sum(libp2p_connections_denied_total${of})`)) >= 5, 'some refused');
        assert((await total(`sum(libp2p_connections_closed_total${of})`)) >= 30, 'some killed, some gone');
        assert((await total(`libp2p_dials_total${of.replace('}', ', result="refused"}')}`)) >= 2, 'somebody not there');
      }, DEADLINE_MS);
      assert.equal(await total(`libp2p_concurrent_peers${of.replace(way.instances.server, way.instances.lonely)}`), 0);
    });
  });
}

test('promtool finds no fault with any rule file', async () => {
  const files = globSync(join(PROMETHEUS, 'rules', '*.yml'));
  assert(files.length > 0);
  const { status, stdout, stderr } = await promtool(['check', 'rules', '--lint=all', '--lint-fatal', ...files]);
  assert.equal(status, 0, stdout + stderr);
});
