import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { Instruments } from '../../src/contract/instruments.ts';

// What this test is about is said to the compiler: each line below must be an error, or the type check fails.
test('a wrong label does not compile', () => {
  const instruments = new Instruments(new MeterProvider().getMeter('test'));
  const denied = instruments.counter('connectionsDenied');
  const neverRun = (): void => {
    // @ts-expect-error a value outside the closed set
    denied(1, { direction: 'inbound', reason: 'because' });
    // @ts-expect-error a label left out
    denied(1, { direction: 'inbound' });
    // @ts-expect-error a label too many
    denied(1, { direction: 'inbound', reason: 'max_peers', peer_id: 'x' });
    // @ts-expect-error a counter is not a histogram
    instruments.histogram('connectionsDenied');
    // @ts-expect-error a histogram takes the labels of its row too
    instruments.histogram('connectionDuration')({ direction: 'sideways' });
    // @ts-expect-error no such row
    instruments.counter('connectionsDisliked');
  };
  assert.equal(typeof neverRun, 'function');
  assert.doesNotThrow(() => denied(1, { direction: 'inbound', reason: 'max_peers' }));
});
