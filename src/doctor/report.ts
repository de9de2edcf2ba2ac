import { type Advice, type Check, FINDINGS, type FindingId, type Link, type Outcome } from './findings.ts';

/** Faults that the data gets past. */
const HARMLESS: ReadonlySet<FindingId> = new Set([
  'clock-off',
  'series-overflow',
  'daemon-incomplete',
  'daemon-stalled',
]);

/** What was looked at, in order, and what came of it. */
export class Report {
  readonly checks: Check[] = [];
  readonly #onCheck: (check: Check) => void;

  /** @param onCheck hears of each line as it comes */
  constructor(onCheck: (check: Check) => void = () => {}) {
    this.#onCheck = onCheck;
  }

  ok(link: Link, what: string): void {
    this.#add({ link, outcome: 'ok', what });
  }

  notChecked(link: Link, why: string): void {
    this.#add({ link, outcome: 'not checked', what: why });
  }

  notInUse(link: Link, why: string): void {
    this.#add({ link, outcome: 'not in use', what: why });
  }

  found(link: Link, id: FindingId, advice: Advice): void {
    const severity = FINDINGS[id];
    this.#add({ link, outcome: severity, what: advice.what, finding: { id, severity, ...advice } });
  }

  count(outcome: Outcome, link?: Link): number {
    return this.checks.filter((check) => check.outcome === outcome && (link === undefined || check.link === link))
      .length;
  }

  /** The first fault so far that shows further down the way too, where it would only be found once more. */
  get firstBreak(): FindingId | undefined {
    return this.checks
      .flatMap(({ finding }) => finding ?? [])
      .find(({ id, severity }) => severity === 'fault' && !HARMLESS.has(id))?.id;
  }

  #add(check: Check): void {
    this.checks.push(check);
    this.#onCheck(check);
  }
}
