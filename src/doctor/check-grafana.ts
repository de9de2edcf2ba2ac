import { METRICS } from '../contract/metrics.ts';
import { checkClock } from './check-clock.ts';
import { someOf } from './check-daemon.ts';
import { whatComesFirst } from './check-prometheus.ts';
import { askGrafana, type GrafanaCredentials } from './grafana-api.ts';
import { whatAnswers } from './identify.ts';
import type { Place } from './places.ts';
import { fieldsOf, listOf, textsOf } from './prometheus-api.ts';
import type { Report } from './report.ts';
import { namesOf } from './series.ts';
import type { Subject } from './subject.ts';
import type { Origin } from './ways.ts';

/** The uid that the dashboards name their data source by (grafana/provisioning/datasources/prometheus.yaml). */
export const DATASOURCE_UID = 'prometheus';

/** The uid of the dashboard for many peers: `/d/multi-peer`. */
export const DASHBOARD_UID = 'multi-peer';

const DATASOURCE_FILE = 'grafana/provisioning/datasources/prometheus.yaml';

export interface GrafanaInit {
  readonly report: Report;
  readonly place: Place;
  readonly credentials: GrafanaCredentials;
  readonly subject: Subject | undefined;
  /** What Prometheus has of the daemon. */
  readonly origins: readonly Origin[];
}

/** Follows the last link: Grafana's data source, its dashboard, and whether the data gets through to it. */
export async function checkGrafana(init: GrafanaInit): Promise<void> {
  const { report, place } = init;
  if (!(await checkItself(report, place))) return;
  if (!(await checkDatasource(init))) return;
  await checkDashboard(init);
  await checkData(init);
}

async function checkItself(report: Report, { url, isAsked }: Place): Promise<boolean> {
  const health = await askGrafana(url, '/api/health');
  if (health.kind === 'wrong' && health.isAbsent && !isAsked) {
    report.notInUse('grafana', `${health.reason} at ${url}; --grafana names another`);
    return false;
  }
  if (health.kind === 'wrong' && health.isAbsent) {
    report.found('grafana', 'grafana-unreachable', {
      what: `no Grafana: ${health.reason}`,
      where: url,
      todo: 'start it (docker compose up -d grafana), or name its address with --grafana http://HOST:3000',
    });
    return false;
  }
  const body = health.kind === 'fine' ? textsOf(health.body) : {};
  if (health.kind === 'fine' && body.database === 'ok') {
    report.ok('grafana', `${url} is Grafana ${body.version ?? 'of no told version'}`);
    checkClock(report, 'grafana', health.answer, 'Grafana');
    return true;
  }
  const isGrafana =
    body.database !== undefined || (health.kind === 'wrong' && health.answer?.text.includes('"database"'));
  const who =
    health.kind === 'wrong' && health.answer !== undefined ? whatAnswers(health.answer) : describe(health.kind);
  report.found('grafana', isGrafana ? 'grafana-unhealthy' : 'wrong-service', {
    what: isGrafana
      ? `Grafana does not reach its database: ${body.database ?? who}`
      : `no Grafana answers there, but ${who}`,
    where: `${url}/api/health`,
    todo: isGrafana
      ? 'read its log (docker compose logs grafana)'
      : 'name the address of Grafana with --grafana http://HOST:3000',
  });
  return false;
}

const describe = (kind: string): string =>
  kind === 'denied' ? 'something that asks for credentials' : 'something that has no /api/health';

async function checkDatasource({ report, place, credentials }: GrafanaInit): Promise<boolean> {
  const { url } = place;
  const found = await askGrafana(url, `/api/datasources/uid/${DATASOURCE_UID}`, credentials);
  if (found.kind === 'denied') {
    report.found('grafana', 'grafana-credentials', {
      what: `Grafana wants ${credentials === undefined ? 'to know who asks' : `other credentials (${found.status})`}: data source and dashboards are not checked`,
      where: `${url}/api/datasources`,
      todo: 'give a service account token with the role Admin, or with datasources:read and datasources:query, in PEERMETER_GRAFANA_TOKEN or --grafana-token-file, or PEERMETER_GRAFANA_USER and PEERMETER_GRAFANA_PASSWORD',
    });
    return false;
  }
  const { type, url: target = '' } = found.kind === 'fine' ? textsOf(found.body) : {};
  if (type !== 'prometheus') {
    report.found('grafana', 'grafana-datasource', {
      what: `Grafana has no Prometheus data source with the uid ${DATASOURCE_UID}, which all panels ask; ${await othersAt(url, credentials)}`,
      where: `${url}/connections/datasources; ${DATASOURCE_FILE}: uid`,
      todo: `provision the data source with uid: ${DATASOURCE_UID} (mount grafana/provisioning, restart Grafana); one that was made by hand has a uid of its own: delete it or give it this one`,
    });
    return false;
  }
  const health = await askGrafana(url, `/api/datasources/uid/${DATASOURCE_UID}/health`, credentials);
  const { status, message = '' } = health.kind === 'fine' ? textsOf(health.body) : {};
  if (health.kind === 'fine' ? status === 'OK' : health.kind === 'absent') {
    report.ok('grafana', `data source ${DATASOURCE_UID} leads to ${target}`);
    return true;
  }
  const reason = health.kind === 'wrong' ? health.reason : message;
  report.found('grafana', 'grafana-datasource-broken', {
    what: `Grafana does not reach Prometheus through its data source ${DATASOURCE_UID}: ${reason}`,
    where: `${DATASOURCE_FILE}: url (${target})`,
    todo: 'name an address that leads to Prometheus from where Grafana runs: in a container http://prometheus:9090, not 127.0.0.1',
  });
  return false;
}

async function othersAt(url: string, credentials: GrafanaCredentials): Promise<string> {
  const all = await askGrafana(url, '/api/datasources', credentials);
  const uids =
    all.kind === 'fine'
      ? listOf(all.body)
          .map(textsOf)
          .map(({ uid, type }) => `${uid} (${type})`)
      : [];
  return uids.length === 0 ? 'it has no other' : `it has ${someOf(uids)}`;
}

async function checkDashboard({ report, place, credentials }: GrafanaInit): Promise<void> {
  const { url } = place;
  const found = await askGrafana(url, `/api/dashboards/uid/${DASHBOARD_UID}`, credentials);
  if (found.kind !== 'fine') {
    report.found('grafana', 'grafana-dashboard', {
      what: `Grafana has no dashboard with the uid ${DASHBOARD_UID}${found.kind === 'wrong' ? `: ${found.reason}` : ''}`,
      where: `${url}/d/${DASHBOARD_UID}; grafana/provisioning/dashboards/peermeter.yaml: options.path`,
      todo: 'mount grafana/provisioning and grafana/dashboards as docker-compose.yml does, and restart Grafana; or import the JSON of grafana/dashboards',
    });
    return;
  }
  const strangers = [...datasourceUids(fieldsOf(found.body).dashboard)].filter((uid) => !isKnown(uid));
  if (strangers.length > 0) {
    report.found('grafana', 'grafana-datasource', {
      what: `panels of the dashboard ${DASHBOARD_UID} ask the data source ${someOf(strangers)}, not ${DATASOURCE_UID}`,
      where: `${url}/d/${DASHBOARD_UID}`,
      todo: 'provision the dashboard again from grafana/dashboards; one that was imported by hand takes the data source that was chosen then',
    });
    return;
  }
  report.ok('grafana', `dashboard ${url}/d/${DASHBOARD_UID}`);
}

/** A variable is resolved in the browser; Grafana's own sources go by names between dashes. */
const isKnown = (uid: string): boolean =>
  uid === DATASOURCE_UID || uid.startsWith('$') || /^(-- .* --|grafana)$/i.test(uid);

/** The uids of all data sources in a dashboard, however deep; it is not ours, so its depth is bounded. */
function datasourceUids(value: unknown, uids = new Set<string>(), depth = 0): Set<string> {
  if (depth > 20) return uids;
  for (const item of listOf(value)) datasourceUids(item, uids, depth + 1);
  for (const [key, item] of Object.entries(fieldsOf(value))) {
    const { uid } = textsOf(item);
    if (key === 'datasource' && uid !== undefined) uids.add(uid);
    else datasourceUids(item, uids, depth + 1);
  }
  return uids;
}

async function checkData({ report, place, credentials, subject, origins }: GrafanaInit): Promise<void> {
  const [origin] = origins;
  if (subject === undefined || origin === undefined)
    return report.notChecked('grafana', `data: ${whatComesFirst(report)}`);
  const names = namesOf(METRICS.memoryRss, subject.naming);
  const name = origin.way === 'push' ? names.pushed : names.shown;
  const query = `${name}{job=${JSON.stringify(origin.job)},instance=${JSON.stringify(origin.instance)}}`;
  const path = `/api/datasources/proxy/uid/${DATASOURCE_UID}/api/v1/query?query=${encodeURIComponent(query)}`;
  const asked = await askGrafana(place.url, path, credentials);
  if (asked.kind === 'denied') return report.notChecked('grafana', 'data: the credentials do not allow queries');
  const result = asked.kind === 'fine' ? listOf(fieldsOf(fieldsOf(asked.body).data).result) : [];
  if (result.length > 0) return report.ok('grafana', 'its data source has the series of this daemon');
  report.found('grafana', 'grafana-no-data', {
    what: `through Grafana there is no ${query}, though Prometheus has it${asked.kind === 'wrong' ? `: ${asked.reason}` : ''}`,
    where: `${DATASOURCE_FILE}: url`,
    todo: 'the data source leads to another Prometheus than the one that was looked at here: correct its url, or name that one with --prometheus',
  });
}
