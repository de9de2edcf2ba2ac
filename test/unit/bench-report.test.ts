import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readOptions } from '../../bench/options.ts';
import { plotOf } from '../../bench/plot.ts';
import { blocksOf, merge, type Results } from '../../bench/record.ts';
import { between, reportOf } from '../../bench/report.ts';
import type { Scenario } from '../../bench/scenarios/kinds.ts';
import { SCENARIOS } from '../../bench/scenarios.ts';
import { spreadOf } from '../../bench/spread.ts';
import { type Cell, summarise } from '../../bench/summary.ts';
import { boundOf, judge, TARGETS } from '../../bench/targets.ts';

const made = { command: 'npm run bench -- --record', date: '2030-01-02T03:04:05.000Z', machine: 'a machine' };

function cells(values: Partial<Record<Cell['server'], number[]>>, figure = 'RTT p50'): Cell[] {
  return Object.entries(values).flatMap(([server, list]) =>
    list.map((value, i) => ({
      round: i + 1,
      scenario: 'rtt-held' as const,
      server: server as Cell['server'],
      figures: { [figure]: value },
      remarks: [],
    })),
  );
}

describe('the summary', () => {
  test('takes the middle of an odd and of an even number of values, and leaves out what is no number', () => {
    assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3, count: 3 });
    assert.deepEqual(spreadOf([4, 1, Number.NaN, 2, 3]), { median: 2.5, min: 1, max: 4, count: 4 });
    assert.equal(spreadOf([]).median, Number.NaN);
  });

  test('divides within a round, and leaves out a round that has only one of the two', () => {
    const rows = summarise(cells({ peermeter: [10, 40, 90], 'go-libp2p': [10, 20] }));
    const row = rows.find(({ server }) => server === 'peermeter');
    assert.deepEqual(row?.ratios['go-libp2p'], { median: 1.5, min: 1, max: 2, count: 2 });
  });
});

describe('the targets', () => {
  test('are about figures that their scenarios have, measured on the servers they name', () => {
    for (const { what, scenario, figure, over, atMost, atLeast } of TARGETS) {
      const { figures, servers }: Scenario = SCENARIOS[scenario];
      assert(figure in figures, `${what}: ${scenario} has no ${figure}`);
      assert(servers.includes('peermeter') && (over === undefined || servers.includes(over)), what);
      assert.equal([atMost, atLeast].filter((bound) => bound !== undefined).length, 1, what);
    }
  });

  test('are met, missed, or not measured, by the median', () => {
    const target = { what: 'x', scenario: 'rtt-held', figure: 'RTT p50', over: 'go-libp2p', atMost: 1.1 } as const;
    const verdict = (own: number[]) =>
      judge([target], summarise(cells({ peermeter: own, 'go-libp2p': own.map(() => 100) })))[0];
    assert.equal(verdict([109, 111, 108])?.met, true);
    assert.equal(verdict([112, 109, 111])?.met, false);
    assert.equal(verdict([])?.met, undefined);
    assert.equal(boundOf(target), '≤ 1.1 × go-libp2p');
    const least = { ...target, atMost: undefined, atLeast: 0.9 };
    const { atMost: _, ...atLeast } = least;
    const rows = summarise(cells({ peermeter: [80], 'go-libp2p': [100] }));
    assert.equal(judge([atLeast], rows)[0]?.met, false);
  });
});

describe('what is recorded', () => {
  const old = blocksOf(cells({ peermeter: [1, 2] }), made);

  test('is replaced scenario by scenario', () => {
    const startup = cells({ peermeter: [5] }).map((cell) => ({ ...cell, scenario: 'startup' as const }));
    const merged = merge(old, blocksOf(startup, { ...made, date: '2031' }));
    assert.deepEqual(Object.keys(merged), ['rtt-held', 'startup']);
    assert.equal(merged['rtt-held']?.made.date, made.date);
    assert.equal(merged['rtt-held']?.rounds, 2);
    assert.equal(merged.startup?.made.date, '2031');
  });

  test('is not replaced by a run that failed', () => {
    const failed = blocksOf(
      [{ round: 1, scenario: 'rtt-held', server: 'peermeter', figures: {}, remarks: ['no'] }],
      made,
    );
    assert.equal(merge(old, failed)['rtt-held'], old['rtt-held']);
  });
});

describe('the page', () => {
  const results: Results = blocksOf(cells({ peermeter: [66, 70], 'raw-echo': [60, 60], 'go-libp2p': [60, 60] }), made);

  test('has every figure under the command that made it, and what is not measured as such', () => {
    const page = reportOf(results);
    assert(
      page.indexOf('npm run bench -- --record') < page.indexOf('| RTT p50, µs (↓) | peermeter | 68.0 (66.0–70.0) |'),
    );
    assert.match(page, /RTT p50, held stream \| `rtt-held` \| ≤ 1.15 × raw-echo \| 1.13 \(1.10–1.17\) \| 2 \| yes/);
    assert.match(page, /≤ 1.1 × go-libp2p \| 1.13 \(1.10–1.17\) \| 2 \| \*\*no\*\*/);
    assert.match(page, /not measured/);
  });

  test('keeps the words around its marks', () => {
    const begin = '<!-- written by `npm run bench -- --report`: begin -->';
    const end = '<!-- written by `npm run bench -- --report`: end -->';
    const page = between(`before\n${begin}\nold\n${end}\nafter\n`, 'new');
    assert.equal(page, `before\n${begin}\n\nnew\n${end}\nafter\n`);
    assert.equal(between(page, 'new'), page);
    assert.throws(() => between('no marks', 'new'), /has lost its marks/);
  });

  test('has a plot with a bar for each target that was measured', () => {
    const verdicts = judge(TARGETS, summarise(Object.values(results).flatMap((block) => block.cells)));
    const plot = plotOf(verdicts);
    assert.equal(plot.match(/height="12" fill/g)?.length, 2);
    assert.equal(plot.match(/, missed</g)?.length, 1);
    assert(!/NaN|Infinity|undefined/.test(plot));
  });
});

describe('the command line', () => {
  test('does not record what is not whole, nor check what is not comparable', () => {
    assert.throws(() => readOptions(['--record', '--peers', '10']), /--record takes every server/);
    assert.throws(() => readOptions(['--record', '--server', 'peermeter']), /--record takes every server/);
    assert.throws(() => readOptions(['--check', '--scenario', 'rtt-held']), /--check has a selection of its own/);
    assert.throws(() => readOptions(['--check', '--record']), /cannot go together/);
    assert.throws(() => readOptions(['--scenario', 'nothing']), /--scenario must be one of/);
    assert.equal(readOptions([])?.purpose, 'print');
  });
});
