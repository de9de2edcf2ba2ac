import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLogger } from '../../src/log/logger.ts';

function lines(use: (log: ReturnType<typeof createLogger>) => void, level: 'info' | 'debug' = 'info'): string[] {
  const written: string[] = [];
  use(createLogger({ level, write: (line) => written.push(line), now: () => new Date(0) }));
  return written;
}

test('one logfmt line an event, with the fields of its parents', () => {
  const written = lines((log) =>
    log.child({ exporter: 'otlp' }).warn('does not get out', { reason: 'no "way"', n: 3 }),
  );
  assert.deepEqual(written, ['1970-01-01T00:00:00.000Z WARN does not get out exporter=otlp reason="no \\"way\\"" n=3']);
});

test('says no more than its level, which can change', () => {
  const written = lines((log) => {
    log.debug('a');
    log.setLevel('debug');
    log.child({}).debug('b');
  });
  assert.deepEqual(written.length, 1);
});

test('nothing a peer says can end a line or turn it round', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const [line = ''] = lines((log) => log.info(text, { agent: text }));
      assert.doesNotMatch(line, /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});
