import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { filterPeers, nextOrder, sortPeers } from '../../src/http/page/peer-order.ts';
import { isPoint, newest, Timeline, within } from '../../src/http/page/timeline.ts';
import { emptyPoint, somePeer } from '../support/staged-feed.ts';

const at = (...times: number[]) => times.map((atMs) => emptyPoint({ atMs }));
const shape = (timeline: Timeline) =>
  timeline.moments.map((moment) => (isPoint(moment) ? moment.atMs : 'break')).join(' ');

describe('the timeline', () => {
  function remembering(...times: number[]): Timeline {
    const timeline = new Timeline();
    timeline.keep(60_000, 1000);
    timeline.remember(at(...times));
    return timeline;
  }

  test('keeps so much and no more', () => {
    const timeline = remembering(1000, 2000, 60_000);
    timeline.add(emptyPoint({ atMs: 61_500 }));
    assert.equal(shape(timeline), '2000 break 60000 61500');
  });

  test('does not bridge a time without points', () => {
    const timeline = remembering(1000, 6000);
    for (const point of at(7000, 30_000)) timeline.add(point);
    assert.equal(shape(timeline), '1000 6000 7000 break 30000');
  });

  test('takes what the daemon remembers in place of its own', () => {
    const timeline = remembering(1000, 2000, 3000);
    timeline.remember(at(2000, 2500, 4000));
    assert.equal(shape(timeline), '1000 break 2000 2500 4000');
  });

  test('keeps what a daemon that was started anew has forgotten', () => {
    const timeline = remembering(1000, 2000);
    timeline.remember([]);
    timeline.add(emptyPoint({ atMs: 5000 }));
    assert.equal(shape(timeline), '1000 2000 break 5000');
  });

  test('starts over from where a clock was set back to', () => {
    const timeline = remembering(1000, 5000, 9000);
    timeline.add(emptyPoint({ atMs: 4000 }));
    assert.equal(shape(timeline), '1000 4000');
  });

  test('does not change what it has handed out', () => {
    const timeline = remembering(1000);
    const before = timeline.moments;
    timeline.add(emptyPoint({ atMs: 2000 }));
    assert.equal(before.length, 1);
  });

  test('shows the last minutes before the newest point', () => {
    const { moments } = remembering(1000, 2000, 3000);
    assert.deepEqual(
      within(moments, 1000).map(({ atMs }) => atMs),
      [2000, 3000],
    );
    assert.equal(newest(moments)?.atMs, 3000);
    assert.deepEqual(within([], 1000), []);
  });
});

describe('the order of peers', () => {
  const peers = [
    somePeer({ peerId: 'b', rttSeconds: 0.002, connectedAtMs: 3 }),
    somePeer({ peerId: 'c', rttSeconds: null, connectedAtMs: 1 }),
    somePeer({ peerId: 'a', rttSeconds: 0.001, connectedAtMs: 2, target: true, direction: 'outbound' }),
  ];
  const ids = (list: readonly { peerId: string }[]) => list.map(({ peerId }) => peerId).join('');

  test('has those without the figure last, either way', () => {
    assert.equal(ids(sortPeers(peers, { key: 'rttSeconds', falling: true })), 'bac');
    assert.equal(ids(sortPeers(peers, { key: 'rttSeconds', falling: false })), 'abc');
  });

  test('puts the longest connection first when times fall', () => {
    assert.equal(ids(sortPeers(peers, { key: 'connectedAtMs', falling: true })), 'cab');
  });

  test('goes by text, and by what is a target', () => {
    assert.equal(ids(sortPeers(peers, { key: 'peerId', falling: false })), 'abc');
    assert.equal(ids(sortPeers(peers, { key: 'target', falling: true })), 'abc');
  });

  test('turns round when a column is chosen again', () => {
    const first = nextOrder({ key: 'peerId', falling: false }, 'rttSeconds');
    assert.deepEqual(first, { key: 'rttSeconds', falling: true });
    assert.deepEqual(nextOrder(first, 'rttSeconds'), { key: 'rttSeconds', falling: false });
  });

  test('is of those that match all words', () => {
    assert.equal(ids(filterPeers(peers, '')), 'bca');
    assert.equal(ids(filterPeers(peers, ' OUT  a ')), 'a');
    assert.equal(ids(filterPeers(peers, 'target')), 'a');
    assert.equal(ids(filterPeers(peers, 'nobody')), '');
  });
});
