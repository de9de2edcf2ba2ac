import type { Answer } from '../http/ask.ts';
import { CLOCK_TOLERANCE_SECONDS, clockAhead, lengthOf } from './clock.ts';
import type { Link } from './findings.ts';
import type { Report } from './report.ts';

/** Holds the clock of whoever answered against ours, by the Date of the answer, or by what it said in another way. */
export function checkClock(
  report: Report,
  link: Link,
  answer: Answer,
  whose: string,
  aheadSeconds = clockAhead(answer),
): void {
  if (aheadSeconds === undefined || Math.abs(aheadSeconds) <= CLOCK_TOLERANCE_SECONDS) return;
  const direction = aheadSeconds > 0 ? 'ahead of' : 'behind';
  report.found(link, 'clock-off', {
    what: `the clock of ${whose} is ${lengthOf(aheadSeconds)} ${direction} this machine's: ages and rates are wrong, and samples may be refused as too old or too new`,
    where: answer.url,
    todo: 'compare both with a time server (timedatectl, chronyc tracking), set the wrong one, and restart what ran on it: a Collector drops what is older than what it has',
  });
}
