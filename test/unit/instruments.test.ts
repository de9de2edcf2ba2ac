import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { Instruments } from '../../src/contract/instruments.ts';
import { METRICS } from '../../src/contract/metrics.ts';
import { labelSets, metricViews } from '../../src/contract/views.ts';

class Reader extends MetricReader {
  protected override onShutdown = async (): Promise<void> => {};
  protected override onForceFlush = async (): Promise<void> => {};
}

async function collected(use: (instruments: Instruments) => void, name: string) {
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader], views: metricViews('documented') });
  use(new Instruments(provider.getMeter('test')));
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .find(({ descriptor }) => descriptor.name === name);
}

test('a counter has every label set at 0 before the first event, none in the overflow series', async () => {
  const metric = await collected((instruments) => void instruments.counter('dials'), METRICS.dials.name);
  assert.deepEqual(
    metric?.dataPoints.map(({ attributes, value }) => ({ attributes, value })),
    labelSets(METRICS.dials).map((attributes) => ({ attributes, value: 0 })),
  );
});

test('what is no amount never reaches a sum', async () => {
  const metric = await collected((instruments) => {
    const opened = instruments.counter('connectionsOpened');
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, 2]) opened(value, { direction: 'inbound' });
  }, METRICS.connectionsOpened.name);
  assert.equal(metric?.dataPoints.find(({ attributes }) => attributes.direction === 'inbound')?.value, 2);
});

test('a value that is not known is left out, not 0', async () => {
  const metric = await collected(
    (instruments) => instruments.observe('threadCount', (observe) => observe(Number.NaN, {})),
    METRICS.threadCount.name,
  );
  assert.equal(metric?.dataPoints.length ?? 0, 0);
});
