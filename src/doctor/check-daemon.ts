import { METRIC_ROWS, METRICS } from '../contract/metrics.ts';
import { messageOf } from '../errors.ts';
import { type Asked, ask, isAnswer } from '../http/ask.ts';
import { checkClock } from './check-clock.ts';
import { type Exposition, parseExposition } from './exposition.ts';
import { HIDDEN, whatAnswers } from './identify.ts';
import type { Report } from './report.ts';
import { readSubject, type Subject } from './subject.ts';

const OVERFLOW = 'otel_metric_overflow';

/**
 * Follows the first link: the daemon's instruments, on its own page. Undefined when there is no daemon; `hidden` when it
 * shows nothing itself.
 */
export async function checkDaemon(report: Report, url: string): Promise<Subject | 'hidden' | undefined> {
  const pageUrl = metricsUrl(url);
  const asked = await ask(pageUrl);
  if (!isAnswer(asked)) {
    report.found('daemon', 'daemon-unreachable', {
      what: `no daemon: ${asked.reason}`,
      where: pageUrl,
      todo: 'start one (peermeter run), or name the address it prints as "Metrics on": peermeter doctor URL',
    });
    return undefined;
  }
  if (asked.status === 403 && asked.text.startsWith('forbidden host')) {
    report.found('daemon', 'daemon-unreachable', {
      what: 'the daemon does not answer under this name',
      where: pageUrl,
      todo: 'use its address, or allow the name with --metrics-allowed-host',
    });
    return undefined;
  }
  checkClock(report, 'daemon', asked, 'the daemon');
  const page = asked.status === 200 ? pageOf(asked) : undefined;
  const subject = page instanceof Error || page === undefined ? undefined : readSubject(page);
  if (subject === undefined) return notASubject(report, pageUrl, asked, page);
  const { version = 'of no known version', instance = 'none: it has no service.instance.id' } = subject;
  report.ok('daemon', `${pageUrl} is peermeter ${version}, instance ${instance}`);
  await checkLife(report, url);
  checkMetrics(report, subject, pageUrl);
  return subject;
}

/** The daemon's page again; undefined when it cannot be read any more. */
export async function rereadDaemon(url: string): Promise<Subject | undefined> {
  const asked = await ask(metricsUrl(url));
  const page = isAnswer(asked) && asked.status === 200 ? pageOf(asked) : undefined;
  return page === undefined || page instanceof Error ? undefined : readSubject(page);
}

function metricsUrl(url: string): string {
  const given = new URL(url);
  return given.pathname === '/' ? new URL('/metrics', given).href : given.href;
}

function pageOf({ text }: { readonly text: string }): Exposition | Error {
  try {
    return parseExposition(text);
  } catch (error) {
    return error as Error;
  }
}

function notASubject(
  report: Report,
  url: string,
  asked: Asked,
  page: Exposition | Error | undefined,
): 'hidden' | undefined {
  const who = whatAnswers(asked);
  if (who === HIDDEN) {
    report.ok('daemon', `${url} is a peermeter that only pushes`);
    return 'hidden';
  }
  if (page instanceof Error && who === 'a peermeter daemon') {
    report.found('daemon', 'daemon-garbled', {
      what: `its page cannot be read: ${messageOf(page)}`,
      where: url,
      todo: 'ask the daemon itself, not a proxy before it; when it is the daemon, report it',
    });
  } else {
    report.found('daemon', 'wrong-service', {
      what: `no daemon answers there, but ${who}`,
      where: url,
      todo: 'name the address that the daemon prints as "Metrics on" (its --metrics-port, 8081 by default): peermeter doctor URL',
    });
  }
  return undefined;
}

async function checkLife(report: Report, url: string): Promise<void> {
  const health = new URL('/healthz', url).href;
  const asked = await ask(health);
  // Somebody who measures a node of his own with the library need not have a health check.
  if (!isAnswer(asked) || asked.status !== 503) return;
  report.found('daemon', 'daemon-stalled', {
    what: `the daemon says that it does not work: ${asked.text.trim()}`,
    where: health,
    todo: 'read its log, look at what its processor does (top), and restart it',
  });
}

function checkMetrics(report: Report, { shown, page }: Subject, url: string): void {
  const overflowing = new Set(page.samples.filter(({ labels }) => OVERFLOW in labels).map(({ name }) => name));
  if (overflowing.size > 0) {
    report.found('daemon', 'series-overflow', {
      what: `there are more label sets than the SDK keeps: what came later is in one series without its labels, of ${someOf([...overflowing])}`,
      where: `${url}, the series with ${OVERFLOW}="true"`,
      todo: 'take the label that grows without bound (a peer id, an address) out of that metric, or raise aggregationCardinalityLimit of its view; then restart the process, for the SDK never forgets a label set',
    });
  }
  const there = new Set(shown.map(({ row }) => row.name));
  const always = METRIC_ROWS.filter(
    ({ source, on, kind }) => source === 'record' && on === undefined && kind === 'counter',
  );
  // Who measures a node of his own with the library has what can be seen from outside of that node.
  const isDaemon = there.has(METRICS.telemetryExports.name);
  const missing = isDaemon ? always.filter(({ name }) => !there.has(name)).map(({ name }) => name) : [];
  if (missing.length > 0) {
    report.found('daemon', 'daemon-incomplete', {
      what: `metrics of the contract are not there: ${someOf(missing)}`,
      where: url,
      todo: 'run one version everywhere (peermeter --version here and there), and have no proxy before the daemon that leaves metrics out',
    });
  }
  if (overflowing.size + missing.length === 0)
    report.ok('daemon', `${shown.length} metrics of the contract, none overflows`);
}

/** The first few of a list, and how many more there are. */
export function someOf(names: readonly string[], most = 3): string {
  const more = names.length - most;
  return `${names.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
