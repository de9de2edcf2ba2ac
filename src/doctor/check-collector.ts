import { setTimeout as sleep } from 'node:timers/promises';
import { ask, isAnswer } from '../http/ask.ts';
import { checkClock } from './check-clock.ts';
import { askReceiver, isReceiver } from './check-push.ts';
import { checkNames, checkValues, EXPORTER, expires } from './collector-findings.ts';
import { type CollectorLook, checkItself, lookAtCollector, pageOf } from './collector-itself.ts';
import type { Exposition, Sample } from './exposition.ts';
import { whatAnswers } from './identify.ts';
import { mayBeSame, type Places } from './places.ts';
import type { Report } from './report.ts';
import { type Comparison, compare, namesOf } from './series.ts';
import { pushCount, type Subject } from './subject.ts';
import { judge, type Verdict } from './values.ts';
import type { Watched } from './watch.ts';

/** What a Collector keeps together before it passes it on: 200 ms in most configurations. */
const BATCH_MS = 2000;

export interface CollectorInit {
  readonly report: Report;
  readonly subject: Subject;
  readonly places: Places;
  readonly watched: Watched;
  /** Reads the daemon's page again. */
  readonly reread: () => Promise<Subject | undefined>;
  /** From before the push. */
  readonly look: CollectorLook;
}

/** Follows the third link: what was pushed, on the page of the Collector's Prometheus exporter. */
export async function checkCollector({ report, subject, places, watched, look, reread }: CollectorInit): Promise<void> {
  if (isStraightToPrometheus(subject)) {
    return report.notInUse('collector', `the daemon pushes straight to ${subject.push?.destination}`);
  }
  if (!checkItself(report, places, look, await lookAtCollector(places))) return;
  const page = await readPage(report, subject, places, look);
  if (page === undefined) return;
  const seen = await untilCurrent({ subject, places, reread }, page);
  if (seen.own.length === 0) return nothingOfIt(report, subject, places, watched);
  const found = report.count('fault', 'collector');
  if (hasExpired(subject, watched, look)) return expires(report, subject, places);
  checkNames(report, places.collector.url, seen.comparison);
  checkValues(report, places.collector.url, seen.verdict);
  if (report.count('fault', 'collector') > found) return;
  report.ok(
    'collector',
    `${places.collector.url} has all ${subject.pushed.length} metrics under their names, and they move`,
  );
}

/** Whether the daemon pushes into Prometheus' own receiver, with no Collector between. */
export function isStraightToPrometheus({ push }: Subject): boolean {
  return push?.destination.includes('/api/v1/otlp') === true;
}

async function readPage(
  report: Report,
  subject: Subject,
  places: Places,
  look: CollectorLook,
): Promise<Exposition | undefined> {
  const { collector } = places;
  const asked = await ask(collector.url);
  const isThere = isAnswer(look.health) || isAnswer(look.self);
  if (!isAnswer(asked) && asked.isAbsent && !collector.isAsked && !isThere) {
    report.notInUse(
      'collector',
      `${asked.reason} at ${collector.url}, and the pushes get to ${subject.push?.destination}; --collector names another`,
    );
    return undefined;
  }
  if (!isAnswer(asked)) {
    report.found('collector', isThere ? 'collector-unreadable' : 'collector-down', {
      what: `the page of the Collector's Prometheus exporter does not answer: ${asked.reason}`,
      where: collector.url,
      todo: isThere
        ? `the Collector runs: its pipeline needs the prometheus exporter (service.pipelines.metrics.exporters), and --collector the address in its endpoint (${EXPORTER})`
        : 'start the Collector (docker compose up -d otel-collector, or npm run stack), or name the page with --collector',
    });
    return undefined;
  }
  checkClock(report, 'collector', asked, 'the Collector');
  const page = asked.status === 200 ? pageOf(asked.text) : undefined;
  const who = whatAnswers(asked);
  const isForeign =
    page === undefined || (page.samples.length > 0 && who !== "a Collector's Prometheus exporter" && !hasOrigins(page));
  if (!isForeign) return page;
  report.found('collector', 'wrong-service', {
    what: `the page of the Collector's Prometheus exporter is not there, but ${who}`,
    where: collector.url,
    todo: `name the endpoint that the Collector's configuration has (${EXPORTER}; 8889 by default): --collector http://HOST:8889/metrics`,
  });
  return undefined;
}

/** Other daemons, other programs: every series of a Collector says whose it is. */
function hasOrigins(page: Exposition): boolean {
  return page.samples.some(({ labels }) => labels.job !== undefined || labels.instance !== undefined);
}

interface Seen {
  readonly own: readonly Sample[];
  readonly comparison: Comparison;
  readonly verdict: Verdict;
}

/** Looks until the Collector shows what was pushed last, or, when that had been under way before, what is pushed next. */
async function untilCurrent(
  { subject, places, reread }: Pick<CollectorInit, 'subject' | 'places' | 'reread'>,
  first: Exposition,
): Promise<Seen> {
  const endMs = performance.now() + BATCH_MS + 1000 * (subject.push?.intervalSeconds ?? 0);
  for (let page: Exposition | undefined = first; ; page = await pageAt(places.collector.url)) {
    const own = page === undefined ? [] : ownSamples(subject, page);
    const now = await reread();
    const verdict = judge({
      before: subject.page.samples,
      after: now?.page.samples ?? [],
      shown: own,
      ownName: (row) => namesOf(row, subject.naming).shown,
      shownName: (row) => namesOf(row, subject.naming).pushed,
    });
    const comparison = compare(subject.pushed, own);
    const isWhole = comparison.missing.length + comparison.lost.length === 0;
    if ((isWhole && verdict.kind === 'current') || performance.now() > endMs) return { own, comparison, verdict };
    await sleep(250);
  }
}

/** The page of a Collector; undefined when it cannot be read. */
export async function pageAt(url: string): Promise<Exposition | undefined> {
  const asked = await ask(url);
  return isAnswer(asked) && asked.status === 200 ? pageOf(asked.text) : undefined;
}

function ownSamples({ instance, job }: Subject, page: Exposition): Sample[] {
  return page.samples.filter(
    ({ labels, name }) => labels.instance === instance && labels.job === job && name !== 'target_info',
  );
}

async function nothingOfIt(
  report: Report,
  subject: Subject,
  { collector, otlp }: Places,
  watched: Watched,
): Promise<void> {
  const destination = subject.push?.destination ?? '';
  if (watched.outcome === 'unseen')
    return report.notChecked('collector', 'nothing of the daemon is there, and no push was seen');
  if (!mayBeSame(destination, otlp.url, { anyHost: true }) && isReceiver(await askReceiver(otlp.url))) {
    return report.found('push', 'push-elsewhere', {
      what: `the daemon pushes to ${destination}, and this Collector, which has nothing of it, receives at ${otlp.url}`,
      where: `--otlp-endpoint, or OTEL_EXPORTER_OTLP_ENDPOINT, of the daemon: ${destination}`,
      todo: `start the daemon with --otlp-endpoint ${new URL(otlp.url).origin}, or name the Collector that it does push to with --collector`,
    });
  }
  report.found('collector', 'collector-nothing', {
    what: `the Collector has no series with job="${subject.job}" and instance="${subject.instance}", though the daemon's pushes get to ${destination}`,
    where: collector.url,
    todo: `when ${destination} is another Collector, name its page with --collector; else look at service.pipelines.metrics in its configuration: otlp must be among the receivers, prometheus among the exporters, and no processor may drop or rename what is in between`,
  });
}

/** Nothing was there right before a push, though there had been one before: not of a Collector that has just started. */
function hasExpired(subject: Subject, { outcome, shownBefore }: Watched, { self }: CollectorLook): boolean {
  if (outcome !== 'pushed' || shownBefore !== false) return false;
  const samples = isAnswer(self) ? (pageOf(self.text)?.samples ?? []) : [];
  const uptime = samples.find(({ name }) => /^otelcol_process_uptime(_seconds)?(_total)?$/.test(name))?.value;
  const wasThere = uptime === undefined || uptime > (subject.push?.intervalSeconds ?? 0);
  return wasThere && pushCount(subject).succeeded > 0;
}
