import { readFile } from 'node:fs/promises';
import { Complaints } from '../config/complaint.ts';
import { parsed } from '../config/load.ts';
import { OTLP_ENDPOINT } from '../config/otlp-endpoint.ts';
import { duration, httpUrl } from '../config/parse.ts';
import { resolve } from '../config/sources.ts';
import { diagnose } from '../doctor/doctor.ts';
import type { GrafanaCredentials } from '../doctor/grafana-api.ts';
import { type Places, placesOf } from '../doctor/places.ts';
import { Report } from '../doctor/report.ts';
import { checkText, reportJson, verdictText } from '../doctor/report-text.ts';
import { EXIT, messageOf, OperatorError } from '../errors.ts';

/** What commander hands over: texts as they were typed. */
export interface DoctorOptions {
  collector?: string;
  collectorSelf?: string;
  collectorHealth?: string;
  otlpEndpoint?: string;
  prometheus?: string;
  grafana?: string;
  grafanaTokenFile?: string;
  wait: string;
  json?: boolean;
}

/** `peermeter doctor`: status 0 when the data arrives everywhere it should, 1 when a fault was found. */
export async function doctor(url: string | undefined, options: DoctorOptions): Promise<number> {
  const places = givenPlaces(url, options);
  const waitMs = parsed(duration(100, 600_000), options.wait, '--wait', 'usage');
  const credentials = await grafanaCredentials(options.grafanaTokenFile, process.env);
  const isText = options.json !== true;
  const report = new Report((check) => isText && process.stdout.write(checkText(check)));
  await diagnose({ report, places, credentials, waitMs });
  process.stdout.write(isText ? `\n${verdictText(report)}` : reportJson(report));
  return report.count('fault') === 0 ? EXIT.success : EXIT.fault;
}

function givenPlaces(url: string | undefined, options: DoctorOptions): Places {
  return placesOf({
    daemon: address('the URL of the daemon', url),
    collector: withPath(address('--collector', options.collector), '/metrics'),
    collectorSelf: withPath(address('--collector-self', options.collectorSelf), '/metrics'),
    collectorHealth: address('--collector-health', options.collectorHealth),
    otlp: otlpUrl(options.otlpEndpoint, process.env),
    prometheus: address('--prometheus', options.prometheus),
    grafana: address('--grafana', options.grafana),
  });
}

/** An address without the credentials that everybody on this machine could read off the process list. */
function address(where: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = new URL(parsed(httpUrl, text, where, 'usage'));
  if (url.username === '' && url.password === '') return url.href.replace(/\/$/, '');
  throw new OperatorError(
    'usage',
    `${where} carries credentials, which others can see on the command line: leave them out`,
  );
}

function withPath(url: string | undefined, path: string): string | undefined {
  return url !== undefined && new URL(url).pathname === '/' ? new URL(path, url).href : url;
}

/** As the daemon reads it: a base on the command line, or what the environment says. */
function otlpUrl(text: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const complaints = new Complaints();
  const flags = { otlp: text === undefined ? undefined : address('--otlp-endpoint', text) };
  const sources = { flags, env, complaints, context: { env }, warnings: [] };
  const { value, origin } = resolve(OTLP_ENDPOINT, { flag: 'otlp', fields: new Map() }, sources);
  complaints.throwIfAny();
  return origin.kind === 'default' ? undefined : value;
}

async function grafanaCredentials(file: string | undefined, env: NodeJS.ProcessEnv): Promise<GrafanaCredentials> {
  const { PEERMETER_GRAFANA_TOKEN: token, PEERMETER_GRAFANA_USER: user, PEERMETER_GRAFANA_PASSWORD: password } = env;
  if (file !== undefined) return { token: await readToken(file) };
  if (token) return { token: checkedToken(token, 'PEERMETER_GRAFANA_TOKEN') };
  return user && password ? { user, password } : undefined;
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw new OperatorError('usage', `--grafana-token-file ${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  });
  return checkedToken(text, `--grafana-token-file ${file}`);
}

/** What a header cannot carry is refused here, without being shown. */
function checkedToken(text: string, where: string): string {
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new OperatorError('usage', `${where} must hold one token and nothing else`);
}
