import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, Stream, StreamMuxer } from '@libp2p/interface';
import { ECHO, SINK } from '../support/echo.ts';
import { eventually } from '../support/eventually.ts';
import { MAIN, pair, works } from '../support/levered-pair.ts';

describe('what a stream is for', () => {
  /** A stream as the muxer gives it, before libp2p says what it is for. */
  const bare = (connection: Connection): Promise<Stream> =>
    (connection as Connection & { muxer: StreamMuxer & { createStream(): Promise<Stream> } }).muxer.createStream();
  const line = (text: string): Buffer => Buffer.concat([Buffer.of(text.length + 1), Buffer.from(`${text}\n`)]);
  const HEADER = line('/multistream/1.0.0');
  const heard = (stream: Stream): (() => string) => {
    const parts: Buffer[] = [];
    stream.addEventListener('message', ({ data }) => parts.push(Buffer.from(data.subarray())));
    return () => Buffer.concat(parts).toString();
  };

  for (const [name, levers] of Object.entries(MAIN)) {
    test(`${name}: a protocol nobody speaks is refused, and the next stream works`, async (t) => {
      const { connection } = await pair(t, levers);
      for (const protocol of ['/nobody/1.0.0', `/${'long'.repeat(40)}`]) {
        await assert.rejects(connection.newStream(protocol), { name: 'UnsupportedProtocolError' });
        await works(connection);
      }
      const stream = await connection.newStream(['/nobody/1.0.0', ECHO]);
      assert.equal(stream.protocol, ECHO);
    });

    test(`${name}: said in two frames, byte by byte, with data, asked for a list`, async (t) => {
      const { connection } = await pair(t, levers);
      const asked: Readonly<Record<string, readonly Buffer[]>> = {
        'two frames': [HEADER, line(ECHO), Buffer.from('data')],
        'byte by byte': [...Buffer.concat([HEADER, line(ECHO)])].map((byte) => Buffer.of(byte)),
        'data at once': [Buffer.concat([HEADER, line(ECHO), Buffer.from('data')])],
        'a second choice': [Buffer.concat([HEADER, line('/nobody')]), Buffer.concat([line(ECHO), Buffer.from('data')])],
      };
      for (const [how, frames] of Object.entries(asked)) {
        for (const apart of [true, false]) {
          const stream = await bare(connection);
          const answer = heard(stream);
          for (const frame of frames) {
            stream.send(frame);
            if (apart) await sleep(1);
          }
          if (how === 'byte by byte') stream.send(Buffer.from('data'));
          const second = how === 'a second choice' ? line('na') : Buffer.alloc(0);
          const expected = Buffer.concat([HEADER, second, line(ECHO), Buffer.from('data')]).toString();
          await eventually(() => assert.equal(answer(), expected, `${how}, ${apart ? 'apart' : 'at once'}`), 5000, 5);
          stream.abort(new Error('done'));
        }
      }
      const stream = await bare(connection);
      const answer = heard(stream);
      stream.send(HEADER);
      stream.send(line('ls'));
      await eventually(() => assert(answer().includes(ECHO) && answer().includes(SINK)), 5000, 5);
      stream.abort(new Error('done'));
      await works(connection);
    });

    test(`${name}: libp2p is told of a stream that says nothing, and so can time it out`, async (t) => {
      const { connection, theirs } = await pair(t, levers);
      const told: Stream[] = [];
      const { muxer } = theirs as Connection & { muxer: StreamMuxer };
      muxer.addEventListener('stream', ({ detail }) => void told.push(detail));
      const silent = await bare(connection);
      const reset = await bare(connection);
      await sleep(5);
      reset.abort(new Error('changed my mind'));
      await eventually(() => assert.equal(told.length, 2), 5000, 5);
      await works(connection);
      assert.equal(told[0]?.protocol, '');
      assert.equal(told[0]?.status, 'open');
      assert.notEqual(told[1]?.status, 'open');
      silent.abort(new Error('done'));
    });

    test(`${name}: a proposal that comes after other data is no proposal`, async (t) => {
      const { connection } = await pair(t, levers);
      const stream = await bare(connection);
      const { sendFrame, streamId } = stream as unknown as {
        streamId: number;
        sendFrame(header: object, data: Uint8Array): boolean;
      };
      const rubbish = Buffer.from([3, 0x61, 0x62, 0x63]);
      // The first data comes with the opening of the stream, as some libraries send it.
      sendFrame({ type: 0, flag: 1, streamID: streamId, length: rubbish.byteLength }, rubbish);
      (stream as unknown as { state: number }).state = 1;
      stream.send(Buffer.concat([HEADER, line(ECHO)]));
      await eventually(() => assert.equal(stream.status, 'reset'), 5000, 5);
      await works(connection);
    });
  }
});
