import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClusterState, healthOf } from '../../src/cluster/health.ts';
import { refuseWithoutReusePort } from '../../src/cluster/platform.ts';

const slot = (index: number, over: Partial<ClusterState['slots'][number]> = {}) => ({
  index,
  listening: true,
  heardAtMs: 100_000,
  ...over,
});
const state = (over: Partial<ClusterState> = {}) =>
  healthOf({ slots: [slot(0), slot(1)], started: true, sampledAtMs: 100_000, nowMs: 101_000, ...over });

test('a daemon of several processes is live and ready while all give signs of life', () => {
  assert.deepEqual(state(), { live: true, ready: true });
});

test('one that hangs is the end of it, by name', () => {
  const slots = [slot(0), slot(1, { heardAtMs: 80_000 })];
  assert.deepEqual(state({ slots }), { live: false, ready: true, reason: 'process 1 does not answer' });
  assert.equal(state({ sampledAtMs: 80_000 }).live, false);
});

test('one that has ended is not; when all have, nobody takes peers', () => {
  const down = { listening: false, heardAtMs: 80_000 };
  assert.deepEqual(state({ slots: [slot(0), slot(1, down)] }), { live: true, ready: true });
  assert.equal(state({ slots: [slot(0, down), slot(1, down)] }).ready, false);
});

test('not ready before all have listened', () => {
  assert.deepEqual(state({ started: false }), { live: true, ready: false, reason: 'not listening for peers' });
});

test('an operating system that does not share a port out is refused in one line', () => {
  for (const platform of ['darwin', 'win32'] as const) {
    assert.throws(() => refuseWithoutReusePort(platform), {
      kind: 'config',
      message: `--processes cannot be more than 1 here: the operating system (${platform}) does not share one port among processes`,
    });
  }
  refuseWithoutReusePort('linux');
});
