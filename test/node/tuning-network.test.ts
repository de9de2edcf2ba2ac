import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf, openEcho, Received, sendAll, someBytes } from '../support/echo.ts';
import { eventually } from '../support/eventually.ts';
import { echoed, MAIN, MIB, pair, SINGLE, works } from '../support/levered-pair.ts';
import { type MeddlingProxy, startMeddlingProxy } from '../support/meddling-proxy.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

describe('a socket that is full', () => {
  for (const [name, levers] of Object.entries(MAIN)) {
    test(`${name}: all streams wait, and each goes on where it was`, async (t) => {
      let proxy: MeddlingProxy | undefined;
      const { connection } = await pair(t, levers, async (port) => {
        proxy = await startMeddlingProxy(port, (data, pass) => pass(data));
        return proxy.port;
      });
      t.after(() => proxy?.stop());
      const streams = await Promise.all(Array.from({ length: 80 }, () => openEcho(connection)));
      proxy?.pause();
      // Less than a window each, so that nothing but the socket makes them wait.
      const sent = streams.map((stream, at) => ({ stream, at, bytes: someBytes(200_000), got: new Received(stream) }));
      const done = Promise.all(
        sent.map(async ({ stream, at, bytes }) => {
          const waits = await sendAll(stream, bytes, 1000 + 999 * at);
          await stream.close();
          return waits;
        }),
      );
      await sleep(50);
      assert(streams.some(({ writableNeedsDrain }) => writableNeedsDrain));
      proxy?.resume();
      assert((await done).some(({ refused }) => refused > 0));
      await eventually(() => assert(sent.every(({ bytes, got }) => got.bytes === bytes.byteLength)), 10_000);
      assert(sent.every(({ bytes, got }) => got.digest() === digestOf(bytes)));
    });
  }
});

describe('a network that fails', () => {
  for (const [name, levers] of Object.entries(MAIN)) {
    const run = async (t: TestContext, meddle: (cut: () => void, total: number, data: Buffer) => void) => {
      let total = 0;
      const connected = await pair(t, levers, async (port) => {
        const proxy = await startMeddlingProxy(port, (data, pass) => {
          total += data.byteLength;
          meddle(proxy.cut, total, data);
          pass(data);
        });
        t.after(() => proxy.stop());
        return proxy.port;
      });
      const streams = await Promise.all([openEcho(connected.connection), openEcho(connected.connection)]);
      const sent = await Promise.allSettled(streams.map((stream) => sendAll(stream, new Uint8Array(8 * MIB))));
      assert(sent.every(({ status }) => status === 'rejected'));
      await eventually(() => {
        assert.equal(connected.us.getConnections().length + connected.them.getConnections().length, 0);
        assert(streams.every(({ status }) => status !== 'open'));
      }, 5000);
    };

    test(`${name}: sockets destroyed within a message end the connection`, (t) =>
      run(t, (cut, total) => {
        if (total > 500_001) cut();
      }));

    test(`${name}: one wrong bit in what is encrypted ends the connection`, (t) => {
      let done = false;
      return run(t, (_cut, total, data) => {
        if (done || total < 500_000) return;
        done = true;
        data[data.byteLength >> 1] = (data[data.byteLength >> 1] ?? 0) ^ 1;
      });
    });

    test(`${name}: what comes in one packet with the end of the handshake, cut within a message, is not lost`, async (t) => {
      const throughSlowly = async (port: number): Promise<number> => {
        let held = Buffer.alloc(0);
        let passing = (_: Buffer): void => {};
        // Gathers for a while and keeps back the last bytes, so that a packet ends within a message.
        const timer = setInterval(() => {
          const to = held.byteLength > 7 ? held.byteLength - 7 : held.byteLength;
          if (to > 0) passing(held.subarray(0, to));
          held = held.subarray(to);
        }, 40);
        t.after(() => clearInterval(timer));
        const proxy = await startMeddlingProxy(port, (data, pass) => {
          passing = pass;
          held = Buffer.concat([held, data]);
        });
        t.after(() => proxy.stop());
        return proxy.port;
      };
      const { us, them } = await pair(t, levers, throughSlowly, works);
      assert.equal(us.getConnections().length + them.getConnections().length, 2);
    });
  }
});

describe('socket bytes are what went over the wire, exactly', () => {
  for (const [name, levers] of Object.entries({ ...MAIN, ...SINGLE })) {
    test(name, async (t) => {
      let proxy: TcpProxy | undefined;
      const { connection, theirs, traffic } = await pair(t, levers, async (port) => {
        proxy = await TcpProxy.start({ host: '127.0.0.1', port });
        return proxy.port;
      });
      t.after(() => proxy?.stop());
      await Promise.all([echoed(connection, MIB, { slow: true }), echoed(theirs, 300_000, { piece: 999 })]);
      await assert.rejects(connection.newStream('/nobody/1.0.0'));
      await eventually(() => {
        const { bytesIn, bytesOut } = proxy ?? { bytesIn: 0, bytesOut: 0 };
        assert(bytesIn > MIB && bytesOut > MIB);
        assert.deepEqual(traffic.us.sockets, { receivedBytes: bytesOut, sentBytes: bytesIn });
        assert.deepEqual(traffic.them.sockets, { receivedBytes: bytesIn, sentBytes: bytesOut });
      }, 5000);
      const { other } = traffic.us.protocols;
      assert.equal(other.sentBytes, MIB + 300_000);
      assert.equal(other.receivedBytes, MIB + 300_000);
    });
  }
});
