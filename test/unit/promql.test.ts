import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { foreign } from '../../prometheus/src/foreign.ts';
import { selectors } from '../../prometheus/src/metric.ts';
import { histogramQuantile, rate, ratio, sum } from '../../prometheus/src/promql.ts';
import { recorded } from '../../prometheus/src/recording.ts';
import { namedIn } from '../support/rule-expressions.ts';

const { metric, buckets } = selectors();

describe('PromQL from the rows of the contract', () => {
  // What this is about is said to the compiler: each line below must be an error, or the type check fails.
  test('a wrong key, label, value or kind does not compile', () => {
    const neverRun = (): void => {
      // @ts-expect-error no such row
      metric('peersDisliked');
      // @ts-expect-error a histogram has no series of its own name
      metric('pingRtt');
      // @ts-expect-error a gauge has no buckets
      buckets('peers');
      // @ts-expect-error no such label
      metric('pingErrors', { colour: 'red' });
      // @ts-expect-error a row without labels takes none
      metric('peers', { reason: 'timeout' });
      // @ts-expect-error a value outside the closed set
      metric('pingErrors', { reason: 'because' });
      // @ts-expect-error a rate of a gauge
      rate(metric('peers'), '1m');
      // @ts-expect-error grouped by a label that the series do not have
      sum(metric('pingErrors'), 'direction');
      // @ts-expect-error grouped by what the quantile takes away
      histogramQuantile(0.5, rate(buckets('pingRtt'), '1m'), 'le');
      // @ts-expect-error no such label on a metric of others
      foreign('up', { reason: 'timeout' });
      // @ts-expect-error no such rule
      recorded('pingDislikes');
    };
    assert.equal(typeof neverRun, 'function');
  });

  test('labels are written as Prometheus shows them, values so that they match themselves', () => {
    assert.equal(metric('cpuTime', { cpu_mode: 'user' }).promql, 'libp2p_cpu_seconds_total{cpu_mode="user"}');
    assert.equal(
      metric('protocolBytes', { protocol: ['/ipfs/ping/1.0.0', 'other'] }).promql,
      'libp2p_protocol_bytes_total{protocol=~"/ipfs/ping/1\\\\.0\\\\.0|other"}',
    );
    assert.equal(metric('peers').promql, 'libp2p_concurrent_peers');
    assert.equal(selectors('job="a"').metric('peers').promql, 'libp2p_concurrent_peers{job="a"}');
  });

  test('operators nest in brackets', () => {
    const share = ratio(sum(rate(metric('pingErrors'), '1m')), sum(rate(metric('pingRequests'), '1m')));
    const nested = ratio(share, share).promql;
    assert.match(nested, /^\(sum.+ > 0\)\) \/ \(\(sum.+ > 0\)\) > 0\)$/);
    assert.equal(namedIn(nested).selectors.length, 4);
  });

  test('two sides that would not match are an error', () => {
    assert.throws(() => ratio(sum(metric('connections'), 'direction'), metric('peers')), /do not match/);
  });
});

test('the grammar tells what is no PromQL', () => {
  assert.throws(() => namedIn('sum(rate(libp2p_ping_errors_total[1m])'), /not PromQL/);
});
