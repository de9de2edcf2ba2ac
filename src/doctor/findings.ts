/** The links of the chain, in the order of the way that the data takes. */
export const LINKS = ['daemon', 'push', 'collector', 'prometheus', 'grafana'] as const;
export type Link = (typeof LINKS)[number];

/** A fault keeps data away or makes it wrong; a warning is about to, or keeps from looking. */
export type Severity = 'fault' | 'warning';

/** Everything that can be found, by its stable id; `docs/doctor.md` explains each. */
export const FINDINGS = {
  'clock-off': 'fault',
  'wrong-service': 'fault',
  'daemon-unreachable': 'fault',
  'daemon-garbled': 'fault',
  'daemon-incomplete': 'fault',
  'daemon-stalled': 'fault',
  'daemon-shows-nothing': 'warning',
  'series-overflow': 'fault',
  'push-failing': 'fault',
  'push-elsewhere': 'fault',
  'push-unseen': 'warning',
  'collector-down': 'fault',
  'collector-unhealthy': 'fault',
  'collector-refuses': 'fault',
  'collector-unreadable': 'fault',
  'collector-nothing': 'fault',
  'collector-suffixes': 'fault',
  'collector-scope-labels': 'fault',
  'collector-labels': 'warning',
  'collector-series-missing': 'fault',
  'collector-other-source': 'fault',
  'collector-frozen': 'fault',
  'collector-expiration': 'fault',
  'prometheus-unreachable': 'fault',
  'prometheus-not-scraping': 'fault',
  'prometheus-target-down': 'fault',
  'prometheus-honor-labels': 'fault',
  'prometheus-nothing': 'fault',
  'prometheus-suffixes': 'fault',
  'prometheus-labels': 'fault',
  'prometheus-series-missing': 'fault',
  'prometheus-stale': 'fault',
  'prometheus-duplicates': 'fault',
  'prometheus-out-of-order': 'warning',
  'grafana-unreachable': 'fault',
  'grafana-unhealthy': 'fault',
  'grafana-credentials': 'warning',
  'grafana-datasource': 'fault',
  'grafana-datasource-broken': 'fault',
  'grafana-dashboard': 'fault',
  'grafana-no-data': 'fault',
} as const satisfies Record<string, Severity>;

export type FindingId = keyof typeof FINDINGS;

/** What an operator is told: what is wrong, where, what to do. */
export interface Advice {
  readonly what: string;
  /** A URL, a file, a key in it. */
  readonly where: string;
  readonly todo: string;
}

export interface Finding extends Advice {
  readonly id: FindingId;
  readonly severity: Severity;
}

export type Outcome = 'ok' | Severity | 'not checked' | 'not in use';

/** One line of the report. */
export interface Check {
  readonly link: Link;
  readonly outcome: Outcome;
  readonly what: string;
  readonly finding?: Finding;
}
