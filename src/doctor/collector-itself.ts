import { type Asked, ask, isAnswer } from '../http/ask.ts';
import { type Exposition, parseExposition } from './exposition.ts';
import { whatAnswers } from './identify.ts';
import type { Places } from './places.ts';
import type { Report } from './report.ts';

/** What is known of the Collector before its page is read. */
export interface CollectorLook {
  readonly health: Asked;
  readonly self: Asked;
}

/** Asks the Collector how it is; twice, and what grew in between is happening now. */
export async function lookAtCollector({ collectorHealth, collectorSelf }: Places): Promise<CollectorLook> {
  const [health, self] = await Promise.all([ask(collectorHealth.url), ask(collectorSelf.url)]);
  return { health, self };
}

/** What the Collector says of itself; false when nothing beyond is worth a look. */
export function checkItself(
  report: Report,
  { collectorHealth, collectorSelf }: Places,
  before: CollectorLook,
  now: CollectorLook,
): boolean {
  const { health, self } = now;
  if (isAnswer(health) && health.status === 503) {
    report.found('collector', 'collector-unhealthy', {
      what: `the Collector says that it is not available: ${firstWords(health.text)}`,
      where: collectorHealth.url,
      todo: 'read its log (docker compose logs otel-collector): a pipeline did not start, or it is ending',
    });
    return false;
  }
  for (const [place, asked] of [
    [collectorHealth, health],
    [collectorSelf, self],
  ] as const) {
    if (!place.isAsked || (isAnswer(asked) && asked.status === 200)) continue;
    report.found('collector', isAnswer(asked) ? 'wrong-service' : 'collector-down', {
      what: `no Collector answers there, but was asked for: ${whatAnswers(asked)}`,
      where: place.url,
      todo: 'start the Collector, or name its health check (--collector-health, extensions.health_check) and its own metrics (--collector-self, service.telemetry.metrics) as its configuration has them',
    });
    return false;
  }
  const refused = refusedSince(before.self, self);
  if (refused === undefined) return true;
  report.found('collector', 'collector-refuses', {
    what: `the Collector refuses or loses points: ${refused} has grown just now`,
    where: collectorSelf.url,
    todo: 'read its log; when it is over its memory limit, raise processors.memory_limiter.limit_mib in otel-collector/config.yaml or have fewer series; a failing exporter is named in the label',
  });
  return true;
}

const LOSING =
  /^otelcol_(receiver_(refused|failed)|processor_refused|exporter_(send|enqueue)_failed)_metric_points(_total)?$/;

/** The first counter of lost points that grew between two looks at the Collector's own metrics. */
function refusedSince(before: Asked, now: Asked): string | undefined {
  const values = (asked: Asked): Map<string, number> => {
    const samples = isAnswer(asked) ? (pageOf(asked.text)?.samples ?? []) : [];
    return new Map(
      samples.filter(({ name }) => LOSING.test(name)).map((one) => [JSON.stringify([one.name, one.labels]), one.value]),
    );
  };
  const first = values(before);
  for (const [key, value] of values(now)) {
    const was = first.get(key);
    if (was === undefined || value <= was) continue;
    const [name, { exporter, receiver, processor }] = JSON.parse(key);
    return `${name} of ${exporter ?? receiver ?? processor ?? 'it'}`;
  }
  return undefined;
}

/** The text as a page; undefined when it is none. */
export function pageOf(text: string): Exposition | undefined {
  try {
    return parseExposition(text);
  } catch {
    return undefined;
  }
}

function firstWords(text: string): string {
  return text.trim().replace(/\s+/g, ' ').slice(0, 120);
}
