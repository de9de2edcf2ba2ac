import { type Asked, ask, isAnswer } from '../http/ask.ts';
import { whatAnswers } from './identify.ts';
import { mayBeSame, type Places } from './places.ts';
import type { Report } from './report.ts';
import type { Subject } from './subject.ts';
import type { Watched } from './watch.ts';

/** Follows the second link: the daemon's exporter, on its way to a receiver. True when data gets out. */
export async function checkPush(report: Report, subject: Subject, places: Places, watched: Watched): Promise<boolean> {
  const { push } = subject;
  if (push === undefined) return false;
  const { destination, intervalSeconds } = push;
  const every = `every ${intervalSeconds} s to ${destination}`;
  if (watched.outcome === 'pushed') {
    report.ok('push', `the daemon pushes ${every}, and it gets there`);
    return true;
  }
  if (watched.outcome === 'unseen') {
    report.found('push', 'push-unseen', {
      what: `no push has ended within ${Math.round(watched.waitedMs / 1000)} s; the daemon pushes ${every}`,
      where: destination,
      todo: `wait longer than that interval: --wait ${Math.ceil(2 * intervalSeconds)}s`,
    });
    return true;
  }
  await explainFailure(report, destination, places);
  return false;
}

async function explainFailure(report: Report, destination: string, places: Places): Promise<void> {
  const asked = await askReceiver(destination);
  if (isReceiver(asked)) return told(report, destination);
  const other = places.otlp.url;
  const isElsewhere = !mayBeSame(destination, other, { anyHost: true });
  if (isElsewhere && isReceiver(await askReceiver(other))) {
    report.found('push', 'push-elsewhere', {
      what: `the daemon's pushes fail: at ${destination} there is no receiver (${whatAnswers(asked)}), but there is one at ${other}`,
      where: `--otlp-endpoint, or OTEL_EXPORTER_OTLP_ENDPOINT, of the daemon: ${destination}`,
      todo: `start the daemon with --otlp-endpoint ${new URL(other).origin}`,
    });
  } else if (isAnswer(asked) || !asked.isAbsent) {
    report.found('push', 'push-elsewhere', {
      what: `the daemon's pushes fail: no OTLP receiver answers there, but ${whatAnswers(asked)}`,
      where: `--otlp-endpoint, or OTEL_EXPORTER_OTLP_ENDPOINT, of the daemon: ${destination}`,
      todo: `${grpcHint(destination)}point the daemon at the Collector's OTLP/HTTP receiver (receivers.otlp.protocols.http.endpoint, port 4318)`,
    });
  } else {
    report.found('push', 'collector-down', {
      what: `the daemon's pushes fail: nothing answers where they go (${asked.reason})`,
      where: destination,
      todo: 'start the Collector (docker compose up -d otel-collector, or npm run stack), name another with --otlp-endpoint, or push nothing: --exporters prometheus',
    });
  }
}

/** The receiver takes what comes from here: only the daemon knows why it does not take what comes from there. */
function told(report: Report, destination: string): void {
  report.found('push', 'push-failing', {
    what: "the daemon's pushes fail, though the receiver answers from here",
    where: `${destination}, as the daemon sees it`,
    todo: 'its log has the reason ("telemetry does not get out"): a container or another machine needs an address of the Collector that leads there; HTTP 503 is a Collector over its memory limit, 413 one that takes no request so large',
  });
}

/** An empty push: it is an answer without any effect. */
export function askReceiver(url: string): Promise<Asked> {
  return ask(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
}

/** OTLP/HTTP answers an empty request with an empty, or partial, success. */
export function isReceiver(asked: Asked): boolean {
  return isAnswer(asked) && asked.status === 200 && /^\s*\{\s*("partialSuccess"|\})/.test(asked.text);
}

function grpcHint(url: string): string {
  return new URL(url).port === '4317' ? 'port 4317 is for OTLP over gRPC, which the daemon does not speak: ' : '';
}
