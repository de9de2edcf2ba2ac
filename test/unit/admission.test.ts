import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface';
import fc from 'fast-check';
import { Admission, type Limits } from '../../src/node/admission.ts';

/** A connection as far as admission looks at it: something that closes. */
class Arriving extends EventTarget {
  readonly peer: string;

  constructor(peer: string) {
    super();
    this.peer = peer;
  }

  close(): void {
    this.dispatchEvent(new Event('close'));
  }
}

/** The live table, reduced to what admission asks of it. */
class Room {
  readonly connections = new Set<Arriving>();
  denied = 0;
  readonly admission: Admission;
  readonly gater: ConnectionGater;

  constructor(limits: Limits) {
    const { connections } = this;
    const occupancy = {
      get connectionCount() {
        return connections.size;
      },
      get peerCount() {
        return new Set([...connections].map(({ peer }) => peer)).size;
      },
      hasPeer: (id: string) => [...connections].some(({ peer }) => peer === id),
    };
    this.admission = new Admission({ limits, occupancy });
    this.admission.on('denied', () => this.denied++);
    this.gater = this.admission.gater();
  }

  get peers(): number {
    return new Set([...this.connections].map(({ peer }) => peer)).size;
  }

  knock(connection: Arriving): boolean {
    return this.gater.denyInboundConnection?.(connection as unknown as MultiaddrConnection) === false;
  }

  introduce(connection: Arriving): boolean {
    const peer = connection.peer as unknown as PeerId;
    return this.gater.denyInboundEncryptedConnection?.(peer, connection as unknown as MultiaddrConnection) === false;
  }

  enter(connection: Arriving): void {
    this.connections.add(connection);
    this.admission.opened(connection.peer);
  }
}

describe('admission', () => {
  test('never lets more in than the limits, in whatever order connections come, get through and go', () => {
    const step = fc.record({
      action: fc.constantFrom('knock', 'introduce', 'enter', 'fail', 'leave'),
      pick: fc.nat(99),
    });
    const limits = fc.record({
      maxPeers: fc.integer({ min: 1, max: 5 }),
      maxConnections: fc.integer({ min: 1, max: 8 }),
    });
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 200 }), (most, steps) => {
        const room = new Room(most);
        const [knocking, introduced]: Arriving[][] = [[], []];
        const take = (from: Arriving[] | undefined, pick: number) => from?.splice(pick % (from.length || 1), 1)[0];
        for (const { action, pick } of steps) {
          if (action === 'knock') {
            const connection = new Arriving(`peer ${pick % 12}`);
            if (room.knock(connection)) knocking?.push(connection);
          } else if (action === 'introduce') {
            const connection = take(knocking, pick);
            if (connection === undefined) continue;
            if (room.introduce(connection)) introduced?.push(connection);
            else connection.close();
          } else if (action === 'enter') {
            const connection = take(introduced, pick);
            if (connection !== undefined) room.enter(connection);
          } else if (action === 'fail') {
            take(pick % 2 === 0 ? knocking : introduced, pick)?.close();
          } else {
            const connection = [...room.connections][pick % (room.connections.size || 1)];
            if (connection === undefined) continue;
            room.connections.delete(connection);
            connection.close();
          }
          assert(room.connections.size <= most.maxConnections);
          assert(room.peers <= most.maxPeers);
        }
        // Everybody goes: every place is free again.
        for (const connection of [...(knocking ?? []), ...(introduced ?? []), ...room.connections]) connection.close();
        room.connections.clear();
        for (let place = 0; place < Math.min(most.maxConnections, most.maxPeers); place++) {
          const connection = new Arriving(`new ${place}`);
          assert(room.knock(connection) && room.introduce(connection));
          room.enter(connection);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a second connection of a peer takes no second place among the peers', () => {
    const room = new Room({ maxPeers: 1, maxConnections: 3 });
    const [first, second, stranger] = [new Arriving('a'), new Arriving('a'), new Arriving('b')];
    assert(room.knock(first) && room.introduce(first));
    assert(room.knock(second) && room.introduce(second));
    assert(room.knock(stranger) && !room.introduce(stranger));
    assert.equal(room.denied, 1);
  });
});
