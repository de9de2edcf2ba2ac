import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { slices } from './slices.ts';
import { nextTurn, POINTS_A_TURN } from './turns.ts';

/**
 * The metrics in Prometheus' text format, made in several turns of the event loop: the same text, byte for byte, that
 * the serializer gives for all of it at once. Metrics of one name must be one metric.
 */
export async function exposition(metrics: ResourceMetrics, pointsATurn = POINTS_A_TURN): Promise<string> {
  const texts: string[] = [];
  let lastName: string | undefined;
  for (const slice of slices(metrics, pointsATurn)) {
    const isFirst = texts.length === 0;
    if (!isFirst) await nextTurn();
    // `target_info` stands once, at the top.
    const text = new PrometheusSerializer(undefined, false, undefined, !isFirst, true).serialize(slice);
    const names = slice.scopeMetrics.flatMap((scope) => scope.metrics.map(({ descriptor }) => descriptor.name));
    texts.push(names[0] !== undefined && names[0] === lastName ? withoutHeader(text) : text);
    lastName = names.at(-1);
  }
  return texts.join('');
}

/** A metric that goes on where the slice before ended has had its HELP, UNIT and TYPE. */
function withoutHeader(text: string): string {
  return text.replace(/^(# .*\n)+/, '');
}
