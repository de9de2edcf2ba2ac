import { ask, isAnswer } from '../http/ask.ts';
import { checkCollector, pageAt } from './check-collector.ts';
import { checkDaemon, rereadDaemon } from './check-daemon.ts';
import { checkGrafana } from './check-grafana.ts';
import { checkPrometheus, whatComesFirst } from './check-prometheus.ts';
import { checkPush } from './check-push.ts';
import { lookAtCollector } from './collector-itself.ts';
import type { GrafanaCredentials } from './grafana-api.ts';
import { whatAnswers } from './identify.ts';
import type { Places } from './places.ts';
import type { Report } from './report.ts';
import { readSubjectFromCollector, type Subject } from './subject.ts';
import { watchPush } from './watch.ts';

export interface DoctorInit {
  readonly report: Report;
  readonly places: Places;
  readonly credentials: GrafanaCredentials;
  /** Longest wait for the next push, and for the next scrape. */
  readonly waitMs: number;
}

/**
 * Follows the data from a daemon to Grafana and writes down what it finds, link by link. It changes nothing: it reads,
 * and sends one empty push where it looks for a receiver.
 */
export async function diagnose(init: DoctorInit): Promise<void> {
  const { report, places, waitMs, credentials } = init;
  const shown = await checkDaemon(report, places.daemon);
  const followed = shown === 'hidden' ? await hiddenDaemon(places) : shown && ownPage(shown, places);
  if (shown === 'hidden' && followed === undefined) await cannotFollow(report, places);
  const isPushed = await followPush(init, followed);
  const subject = followed?.subject;
  const origins = await checkPrometheus({ report, subject, places, isPushed, waitMs });
  await checkGrafana({ report, place: places.grafana, credentials, subject, origins });
}

/** A daemon, and how to read again what it says. */
interface Followed {
  readonly subject: Subject;
  readonly reread: () => Promise<Subject | undefined>;
}

function ownPage(subject: Subject, { daemon }: Places): Followed {
  return { subject, reread: () => rereadDaemon(daemon) };
}

/** What only pushes is known from where its pushes get to. */
async function hiddenDaemon({ collector }: Places): Promise<Followed | undefined> {
  const reread = async (): Promise<Subject | undefined> => {
    const page = await pageAt(collector.url);
    return page && readSubjectFromCollector(page);
  };
  const subject = await reread();
  return subject && { subject, reread };
}

/** A daemon that shows nothing is not on the page of a Collector, or there is no telling which one there it is. */
async function cannotFollow(report: Report, { collector }: Places): Promise<void> {
  const page = await pageAt(collector.url);
  const showIt = 'add prometheus to its exporters (OTEL_METRICS_EXPORTER=otlp,prometheus; nothing has to scrape it)';
  if (page === undefined) {
    report.found('push', 'collector-down', {
      what: 'the daemon only pushes, and no page of a Collector is where it is expected',
      where: collector.url,
      todo: `start the Collector (docker compose up -d otel-collector, or npm run stack), name its page with --collector, or have the daemon say where it pushes to: ${showIt}`,
    });
  } else if (page.all('target_info').length === 0) {
    report.found('push', 'collector-nothing', {
      what: 'the daemon only pushes, and this Collector shows no daemon at all',
      where: collector.url,
      todo: `look for "telemetry does not get out" in the log of the daemon, and have it say where it pushes to: ${showIt}`,
    });
  } else {
    report.found('daemon', 'daemon-shows-nothing', {
      what: 'the daemon shows no metrics itself, and its Collector has several: which one it is cannot be told',
      where: collector.url,
      todo: showIt,
    });
  }
}

/** The links that only pushes go through. True when they get as far as something that Prometheus could scrape. */
async function followPush({ report, places, waitMs }: DoctorInit, followed: Followed | undefined): Promise<boolean> {
  if (followed === undefined) {
    report.notChecked('push', whatComesFirst(report));
    await askCollectorAtLeast(report, places);
    return false;
  }
  const { subject, reread } = followed;
  if (subject.push === undefined) {
    report.notInUse('push', 'the daemon pushes nothing (its --exporters)');
    await askCollectorAtLeast(report, places);
    return false;
  }
  const look = await lookAtCollector(places);
  const watched = await watchPush({ reread, subject, collectorUrl: places.collector.url, waitMs });
  const getsOut = await checkPush(report, subject, places, watched);
  if (!getsOut) {
    report.notChecked('collector', whatComesFirst(report));
    return true;
  }
  await checkCollector({ report, subject, places, watched, look, reread });
  return true;
}

/** A Collector that no data is expected in: only when somebody asked for it does it have to be there. */
async function askCollectorAtLeast(report: Report, { collector }: Places): Promise<void> {
  if (!collector.isAsked) return report.notInUse('collector', 'nothing is known to be pushed to one');
  const asked = await ask(collector.url);
  if (isAnswer(asked) && asked.status === 200) {
    return report.notChecked('collector', `${collector.url} answers; nothing is known to be pushed to it`);
  }
  report.found('collector', isAnswer(asked) ? 'wrong-service' : 'collector-down', {
    what: `the page of the Collector's Prometheus exporter was asked for, but is not there: ${whatAnswers(asked)}`,
    where: collector.url,
    todo: 'start the Collector, name another page with --collector, or leave that out when none is in use',
  });
}
