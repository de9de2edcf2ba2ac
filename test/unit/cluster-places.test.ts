import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface';
import fc from 'fast-check';
import type { Change } from '../../src/cluster/messages.ts';
import { PlaceKeeper } from '../../src/cluster/places.ts';
import { RemotePlaces } from '../../src/cluster/remote-places.ts';
import { Roster } from '../../src/cluster/roster.ts';
import type { DenyReason } from '../../src/contract/vocabulary.ts';
import type { Limits } from '../../src/node/admission.ts';
import { SharedAdmission } from '../../src/node/shared-admission.ts';

/** A connection as far as admission looks at it: something that closes. */
class Arriving extends EventTarget {
  readonly peer: string;
  status = 'open';
  admitted = false;

  constructor(peer: string) {
    super();
    this.peer = peer;
  }

  close(): void {
    this.status = 'closed';
    this.admitted = false;
    this.dispatchEvent(new Event('close'));
  }
}

/** One worker at the primary's places; what it says takes a turn to arrive, and so does the answer. */
class Worker {
  readonly connections = new Set<Arriving>();
  readonly denied: DenyReason[] = [];
  readonly #gater: ConnectionGater;

  constructor(index: number, keeper: PlaceKeeper) {
    const answer = async (changes: readonly Change[]): Promise<void> => {
      await turn();
      const answers = changes.flatMap((change) => {
        const { kind, peerId } = change;
        if (kind === 'take') {
          const granted = peerId === undefined ? keeper.takeConnection(index) : keeper.takePeer(index, peerId);
          return [{ id: change.id, granted }];
        }
        if (kind === 'give') peerId === undefined ? keeper.giveConnection(index) : keeper.givePeer(index, peerId);
        return [];
      });
      await turn();
      places.answered(answers);
    };
    const places = new RemotePlaces((changes) => void answer(changes));
    const admission = new SharedAdmission(places);
    admission.on('denied', (_direction, reason) => this.denied.push(reason));
    this.#gater = admission.gater();
  }

  async arrives(connection: Arriving): Promise<boolean> {
    const raw = connection as unknown as MultiaddrConnection;
    const peer = connection.peer as unknown as PeerId;
    const refused =
      (await this.#gater.denyInboundConnection?.(raw)) ||
      (await this.#gater.denyInboundEncryptedConnection?.(peer, raw));
    if (refused) {
      connection.close();
      return false;
    }
    if (connection.status !== 'open') return false;
    connection.admitted = true;
    this.connections.add(connection);
    return true;
  }

  leave(connection: Arriving): void {
    this.connections.delete(connection);
    connection.close();
  }
}

const settled = async (): Promise<void> => {
  for (let turns = 0; turns < 12; turns++) await turn();
};

const limits: fc.Arbitrary<Limits> = fc.record({
  maxPeers: fc.integer({ min: 1, max: 5 }),
  maxConnections: fc.integer({ min: 1, max: 8 }),
});
const step = fc.record({
  action: fc.constantFrom('arrive', 'arrive', 'leave', 'abort', 'wait'),
  worker: fc.nat(2),
  pick: fc.nat(99),
});

describe('places shared by several workers', () => {
  test('are never more than the limits, and all come back, whatever arrives, fails and goes meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(limits, fc.array(step, { maxLength: 60 }), async (most, steps) => {
        const keeper = new PlaceKeeper(most);
        const workers = [0, 1, 2].map((index) => new Worker(index, keeper));
        const all: Arriving[] = [];
        const assertWithin = (): void => {
          const inside = workers.flatMap(({ connections }) => [...connections].filter(({ admitted }) => admitted));
          assert(inside.length <= most.maxConnections);
          assert(new Set(inside.map(({ peer }) => peer)).size <= most.maxPeers);
        };
        for (const { action, worker, pick } of steps) {
          const at = workers[worker];
          assert(at !== undefined);
          if (action === 'arrive') {
            const connection = new Arriving(`peer ${pick % 8}`);
            all.push(connection);
            void at.arrives(connection);
          } else if (action === 'leave') {
            const connection = [...at.connections][pick % (at.connections.size || 1)];
            if (connection !== undefined) at.leave(connection);
          } else if (action === 'abort') {
            all[pick % (all.length || 1)]?.close();
          } else {
            await turn();
          }
          assertWithin();
        }
        await settled();
        assertWithin();
        for (const connection of all) connection.close();
        await settled();
        assert.equal(keeper.connectionCount, 0);
        assert.equal(keeper.peerCount, 0);
      }),
      { numRuns: 300 },
    );
  });

  test('are refused only when the whole is full, with the limit that is', async () => {
    const keeper = new PlaceKeeper({ maxPeers: 3, maxConnections: 5 });
    const [one, two] = [new Worker(0, keeper), new Worker(1, keeper)];
    for (const peer of ['a', 'b', 'c']) assert(await one.arrives(new Arriving(peer)));
    assert(!(await two.arrives(new Arriving('d'))), 'all places for peers are with the other worker');
    assert(await two.arrives(new Arriving('a')), 'who is in already takes no second place');
    assert(await two.arrives(new Arriving('b')));
    assert(!(await two.arrives(new Arriving('c'))));
    assert.deepEqual(two.denied, ['max_peers', 'max_connections']);
    const [, , third] = [...one.connections];
    assert(third !== undefined);
    one.leave(third);
    assert(await two.arrives(new Arriving('d')), 'what one gives back the other gets');
  });

  test('of a worker that has ended are free again, but not those of peers that others hold too', () => {
    const keeper = new PlaceKeeper({ maxPeers: 2, maxConnections: 4 });
    for (const worker of [0, 1]) {
      assert(keeper.takeConnection(worker));
      assert(keeper.takePeer(worker, 'shared'));
    }
    assert(keeper.takePeer(0, 'own'));
    keeper.giveAll(0);
    assert.equal(keeper.connectionCount, 1);
    assert.equal(keeper.peerCount, 1);
    keeper.giveConnection(0);
    assert.equal(keeper.connectionCount, 1, 'what is gone is not given back twice');
  });
});

test('the roster counts a peer of several workers once, and forgets a worker that has ended', () => {
  const roster = new Roster();
  roster.joined(0, 'a');
  roster.joined(1, 'a');
  roster.joined(1, 'b');
  assert.equal(roster.size, 2);
  roster.left(0, 'a');
  assert.equal(roster.size, 2);
  roster.ended(1);
  assert.equal(roster.size, 0);
  assert.equal(roster.peak, 2);
});
