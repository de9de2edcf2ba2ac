import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf, Received, sendAll, someBytes } from '../support/echo.ts';
import { eventually } from '../support/eventually.ts';
import { ALL, both, echoed, MAIN, MIB, pair, SINGLE, sink, WINDOW, works } from '../support/levered-pair.ts';

describe('bulk through an echo comes back as it was', () => {
  for (const [name, levers] of Object.entries(MAIN)) {
    test(`${name}: 16 MiB each way at once, read slowly by both`, async (t) => {
      const { connection, theirs } = await pair(t, levers);
      const size = 16 * MIB;
      const results = await Promise.all([
        echoed(connection, size, { slow: true }),
        echoed(theirs, size, { slow: true, piece: 100_000 }),
      ]);
      for (const { received, waits } of results) {
        assert(received.paused > 0);
        assert(waits.refused > 0, 'the writer was told to wait');
        assert.equal(waits.drained, waits.refused, 'and to go on');
        assert(received.mostBuffered <= WINDOW, `${received.mostBuffered} bytes lay unread`);
      }
    });

    test(`${name}: 20 streams with pieces of all sizes, in turns`, async (t) => {
      const { connection, theirs } = await pair(t, levers);
      const pieces = [1000, 7, 65_519, 65_520, 262_132, 262_144, 300_000, 1200, 1199, 31_337];
      const sizeOf = (piece: number): number => Math.min(400_000, piece * 3000);
      await Promise.all(
        pieces.flatMap((piece) => [
          echoed(connection, sizeOf(piece), { piece }),
          echoed(theirs, sizeOf(piece), { piece, slow: true }),
        ]),
      );
      await eventually(() => assert.equal(connection.streams.length + theirs.streams.length, 0));
    });
  }

  for (const [name, levers] of Object.entries(SINGLE)) {
    test(`${name} alone: 2 MiB each way`, async (t) => {
      const { connection, theirs } = await pair(t, levers);
      await Promise.all([echoed(connection, 2 * MIB, { slow: true }), echoed(theirs, 2 * MIB, { piece: 50_000 })]);
      await Promise.all([works(connection), works(theirs)]);
    });
  }
});

describe('a window', () => {
  for (const [name, levers] of Object.entries({ ...MAIN, 'window-updates': both(['window-updates']) })) {
    test(`${name}: a remote that does not read is sent one, and the rest when it reads`, async (t) => {
      const [ours, theirs] = await sink(await pair(t, levers));
      const bytes = someBytes(4 * WINDOW + 12_345);
      theirs.pause();
      const received = new Received(theirs);
      let taken = 0;
      for (let at = 0; at < bytes.byteLength; at += 50_000) {
        if (!ours.send(bytes.subarray(at, at + 50_000))) taken ||= at;
      }
      assert(taken > 0 && taken <= 2 * WINDOW, `told to wait after ${taken} bytes`);
      await sleep(50);
      assert.equal(received.bytes, 0);
      const held = theirs.readBufferLength;
      // A window may be used up to its half before it is given back.
      assert(held <= WINDOW && held > WINDOW / 2, `${held} bytes held`);
      assert.equal(ours.writeBufferLength, bytes.byteLength - held);
      theirs.resume();
      await eventually(() => assert.equal(received.bytes, bytes.byteLength), 5000, 5);
      assert.equal(received.digest(), digestOf(bytes));
      assert.equal(ours.writeBufferLength, 0);
    });
  }

  test('one send of more than a message may hold, or a window, arrives whole', async (t) => {
    const connected = await pair(t, both(ALL));
    for (const size of [WINDOW - 12, WINDOW - 11, WINDOW, WINDOW + 1, 3 * WINDOW]) {
      const [ours, theirs] = await sink(connected);
      const received = new Received(theirs);
      const bytes = someBytes(size);
      ours.send(bytes);
      ours.send(bytes.subarray(0, 1));
      await eventually(() => assert.equal(received.bytes, size + 1), 5000, 5);
      assert.equal(received.digest(), digestOf(Buffer.concat([bytes, bytes.subarray(0, 1)])));
    }
  });
});

describe('the end of a stream', () => {
  for (const [name, levers] of Object.entries(MAIN)) {
    test(`${name}: who has closed for writing still receives, and the other is told`, async (t) => {
      const [ours, theirs] = await sink(await pair(t, levers));
      const there = new Received(theirs);
      const here = new Received(ours);
      let told = 0;
      ours.addEventListener('remoteCloseWrite', () => told++);
      const [answer, bytes] = [someBytes(3000), someBytes(MIB)];
      theirs.send(answer);
      await theirs.close();
      await eventually(() => assert.equal(told, 1), 5000, 5);
      assert.equal(here.digest(), digestOf(answer));
      assert.equal(ours.status, 'open');
      await sendAll(ours, bytes);
      await ours.close();
      await eventually(() => assert.equal(there.bytes, MIB), 5000, 5);
      assert.equal(there.digest(), digestOf(bytes));
      await eventually(() => assert.deepEqual([ours.status, theirs.status], ['closed', 'closed']), 5000, 5);
    });

    test(`${name}: closed while much of it is waiting, it arrives whole`, async (t) => {
      const [ours, theirs] = await sink(await pair(t, levers));
      const received = new Received(theirs, true);
      const bytes = someBytes(3 * MIB);
      assert.equal(ours.send(bytes), false);
      await ours.close({ signal: AbortSignal.timeout(10_000) });
      await eventually(() => assert.equal(received.bytes, bytes.byteLength), 5000, 5);
      assert.equal(received.digest(), digestOf(bytes));
    });

    // A remote that says after each frame that its window is open again says it to a socket that is closed by then: the
    // reset that is the answer takes with it what it has not read.
    if (levers.theirs.includes('window-updates')) {
      test(`${name}: sent right before its connection is closed, it arrives whole`, async (t) => {
        const connected = await pair(t, levers);
        const [ours, theirs] = await sink(connected);
        const received = new Received(theirs);
        const bytes = someBytes(100_000);
        for (let at = 0; at < bytes.byteLength; at += 7000) ours.send(bytes.subarray(at, at + 7000));
        await connected.connection.close();
        await eventually(() => assert.equal(received.bytes, bytes.byteLength), 5000, 5);
        assert.equal(received.digest(), digestOf(bytes));
        await eventually(() => assert.equal(connected.them.getConnections().length, 0), 5000, 5);
      });
    }

    test(`${name}: a reset is seen by the other side, and by no other stream`, async (t) => {
      const connected = await pair(t, levers);
      const [ours, theirs] = await sink(connected);
      const [kept, keptThere] = await sink(connected);
      const there = new Received(keptThere);
      ours.send(new Uint8Array(5000));
      ours.abort(new Error('enough'));
      await eventually(() => assert.equal(theirs.status, 'reset'), 5000, 5);
      assert.throws(() => theirs.send(new Uint8Array(1)));
      assert.throws(() => ours.send(new Uint8Array(1)));
      kept.send(new Uint8Array(10));
      await eventually(() => assert.equal(there.bytes, 10), 5000, 5);
      await works(connected.connection);
    });

    test(`${name}: a connection given up takes its streams with it, on both sides`, async (t) => {
      const connected = await pair(t, levers);
      const [ours, theirs] = await sink(connected);
      ours.send(new Uint8Array(WINDOW));
      connected.connection.abort(new Error('enough'));
      await eventually(() => {
        assert.equal(connected.us.getConnections().length + connected.them.getConnections().length, 0);
        assert(ours.status !== 'open' && theirs.status !== 'open');
      }, 5000);
    });
  }
});
