import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compare, compareAll } from '../../bench/check.ts';
import type { Cell } from '../../bench/summary.ts';

/** Numbers that look like noise and are the same in every run of the test. */
function noiseFrom(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** How often of 400 times a change is called a regression, with that much noise in every round. */
function alarms({ change, noise, rounds = 5 }: { change: number; noise: number; rounds?: number }): number {
  const gauss = noiseFrom(7);
  const ratios = (median: number) => Array.from({ length: rounds }, () => median * Math.exp(noise * gauss()));
  let count = 0;
  for (let i = 0; i < 400; i++) if (compare(ratios(1.5), ratios(1.5 * change), true).verdict === 'worse') count++;
  return count / 400;
}

describe('the comparison with recorded ratios', () => {
  test('finds a real regression', () => {
    assert(alarms({ change: 1.3, noise: 0.03 }) > 0.95);
    assert(alarms({ change: 1.1, noise: 0.01 }) > 0.95);
  });

  test('seldom takes noise for one', () => {
    for (const noise of [0.005, 0.02, 0.05, 0.15]) {
      assert(alarms({ change: 1, noise }) < 0.05, `${noise}: ${alarms({ change: 1, noise })}`);
    }
  });

  test('bears one odd round', () => {
    const { verdict } = compare([1.5, 1.51, 1.49, 1.52, 1.5], [1.5, 1.51, 1.49, 9, 1.5], true);
    assert.equal(verdict, 'fine');
  });

  test('looks at the direction that is worse', () => {
    const high = [2, 2.02, 1.98, 2.01, 1.99];
    const low = [1, 1.01, 0.99, 1, 1.01];
    assert.equal(compare(low, high, true).verdict, 'worse');
    assert.equal(compare(high, low, true).verdict, 'fine');
    assert.equal(compare(high, low, false).verdict, 'worse');
    assert.equal(compare(low, high, false).verdict, 'fine');
  });

  test('does not judge by fewer than three rounds', () => {
    assert.equal(compare([1, 1, 1, 1], [9, 9], true).verdict, 'cannot tell');
  });

  test('takes both servers of a ratio from the same round', () => {
    const ratio = { scenario: 'rtt-held', figure: 'RTT p50', server: 'peermeter', over: 'go-libp2p' } as const;
    // Every round is slower than the one before it, for both: only the ratio stays.
    const rounds = (factor: number): Cell[] =>
      [1, 2, 3, 4].flatMap((round) => [
        cell(round, 'peermeter', 66 * factor * round),
        cell(round, 'go-libp2p', 60 * round),
      ]);
    const recorded = { 'rtt-held': { made: {}, rounds: 4, cells: rounds(1) } };
    assert.equal(compareAll(recorded, rounds(1), [ratio])[0]?.verdict, 'fine');
    const [worse] = compareAll(recorded, rounds(1.5), [ratio]);
    assert.equal(worse?.verdict, 'worse');
    assert.equal(worse?.worseBy.toFixed(3), '0.500');
  });
});

function cell(round: number, server: Cell['server'], p50: number): Cell {
  return { round, scenario: 'rtt-held', server, figures: { 'RTT p50': p50 }, remarks: [] };
}
