import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SETTINGS } from '../../src/config/settings.ts';
import { METRIC_ROWS } from '../../src/contract/metrics.ts';
import { prometheusLabel, prometheusType } from '../../src/contract/naming.ts';
import { namedIn } from '../support/rule-expressions.ts';
import { ALERTS_FILE, alertRules } from '../support/rules.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RUNBOOKS = readFileSync(join(ROOT, 'docs', 'runbooks.md'), 'utf8');
const ALERTS = readFileSync(ALERTS_FILE, 'utf8');

/** Labels that Prometheus gives, and the one of the SDK's overflow series. */
const EVERYWHERE = ['job', 'instance', '__name__', 'otel_metric_overflow'];

/** Series by the names Prometheus has them under, with their labels and the values that are written down. */
const SERIES = new Map(
  METRIC_ROWS.flatMap((row) => {
    const labels = new Map(Object.entries(row.labels).map(([name, values]) => [prometheusLabel(name), values]));
    const isHistogram = prometheusType(row) === 'histogram';
    const names = isHistogram ? ['_bucket', '_count', '_sum'].map((suffix) => row.name + suffix) : [row.name];
    return names.map((name) => [name, name.endsWith('_bucket') ? new Map([...labels, ['le', null]]) : labels] as const);
  }),
);

describe('the alert rules', () => {
  test('are there, each under a name of its own', () => {
    const names = alertRules().map(({ alert }) => alert);
    assert.ok(names.length > 20);
    assert.equal(new Set(names).size, names.length);
  });

  for (const rule of alertRules()) {
    test(`${rule.alert} names metrics and labels of the contract`, () => {
      const { selectors, grouping } = namedIn(rule.expr);
      assert.notEqual(selectors.length, 0);
      const labels = new Set(EVERYWHERE);
      for (const { metric, asked } of selectors) {
        // What Prometheus and the Collector say of themselves; the latter is held against a real one in test/stack.
        if (metric === 'up' || metric.startsWith('otelcol_')) continue;
        if (metric === '') {
          const [names] = asked.filter(({ label }) => label === '__name__').map(({ values }) => values);
          assert.ok(names?.every((name) => [...SERIES.keys()].some((series) => new RegExp(`^${name}$`).test(series))));
          continue;
        }
        const known = SERIES.get(metric);
        assert.ok(known, `${metric} is in no row of the contract`);
        for (const label of known.keys()) labels.add(label);
        for (const { label, values } of asked) {
          const all = known.get(label);
          assert.notEqual(all, undefined, `${metric} has no label ${label}`);
          for (const value of values) assert.ok(all?.includes(value), `${metric}: ${label} is never "${value}"`);
        }
      }
      for (const label of grouping) assert.ok(labels.has(label), `no series of it has a label ${label}`);
    });

    test(`${rule.alert} says what is wrong and what to do`, () => {
      const { summary = '', description = '', runbook_url } = rule.annotations;
      assert.match(rule.labels.severity ?? '', /^(critical|warning|info)$/);
      assert.ok(summary.length > 20 && !summary.includes('\n'), summary);
      assert.ok(description.length > 80, description);
      const anchor = rule.alert.toLowerCase();
      assert.equal(runbook_url, `docs/runbooks.md#${anchor}`);
      assert.match(RUNBOOKS, new RegExp(`^## ${rule.alert}$`, 'm'));
      assert.match(RUNBOOKS, new RegExp(`\\[${rule.alert}\\]\\(#${anchor}\\)`), 'it is in the list of the runbooks');
    });
  }

  test('have no runbook too many, and no link into nothing', () => {
    const sections = [...RUNBOOKS.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    assert.deepEqual(
      sections.toSorted(),
      alertRules()
        .map(({ alert }) => alert)
        .toSorted(),
    );
    const anchors = [...RUNBOOKS.matchAll(/\]\(#(\w+)\)/g)].map(([, anchor]) => anchor);
    const known = sections.map((name) => name?.toLowerCase());
    for (const anchor of anchors) assert.ok(known.includes(anchor), `#${anchor}`);
    for (const [, page = '', anchor] of RUNBOOKS.matchAll(/\]\(([\w.-]+\.md)#([\w-]+)\)/g)) {
      const headings = [...readFileSync(join(ROOT, 'docs', page), 'utf8').matchAll(/^#+ (.+)$/gm)];
      const slugs = headings.map(([, text = '']) =>
        text
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
      assert.ok(slugs.includes(anchor ?? ''), `${page}#${anchor}`);
    }
  });

  test('name no metric in words that is not in the contract', () => {
    const names = new Set([...SERIES.keys(), ...METRIC_ROWS.map(({ name }) => name)]);
    for (const [name] of `${ALERTS}\n${RUNBOOKS}`.matchAll(/\blibp2p_\w+/g)) {
      if (name !== 'libp2p_') assert.ok(names.has(name), name);
    }
  });

  test('name no flag or variable that there is not', () => {
    const settings = Object.values(SETTINGS) as readonly { flags?: string; env: readonly string[] }[];
    const flags = new Set(settings.flatMap(({ flags = '' }) => flags.match(/--[a-z-]+/g) ?? []));
    // Of `npm run stack` and of Node.js.
    for (const other of ['--verbose', '--max-old-space-size']) flags.add(other);
    for (const [flag] of `${ALERTS}\n${RUNBOOKS}`.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)) {
      assert.ok(flags.has(flag), flag);
    }
    const variables = new Set(settings.flatMap(({ env }) => env));
    for (const [name] of `${ALERTS}\n${RUNBOOKS}`.matchAll(/\bPEERMETER_\w+/g)) assert.ok(variables.has(name), name);
  });
});
