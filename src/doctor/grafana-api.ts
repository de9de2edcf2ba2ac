import { type Answer, ask, isAnswer } from '../http/ask.ts';
import { fieldsOf, json } from './prometheus-api.ts';

/** How to show Grafana who asks: a service account token, or a user and password. */
export type GrafanaCredentials =
  | { readonly token: string }
  | { readonly user: string; readonly password: string }
  | undefined;

/** An answer of Grafana's HTTP API. */
export type GrafanaResult =
  | { readonly kind: 'fine'; readonly body: unknown; readonly answer: Answer }
  /** Asks for credentials, or for better ones. */
  | { readonly kind: 'denied'; readonly status: number }
  | { readonly kind: 'absent' }
  | { readonly kind: 'wrong'; readonly reason: string; readonly answer?: Answer; readonly isAbsent: boolean };

/**
 * Asks Grafana's HTTP API. Credentials go to the paths behind the login only, and never to an address that has not said
 * before that it is a Grafana.
 */
export async function askGrafana(base: string, path: string, credentials?: GrafanaCredentials): Promise<GrafanaResult> {
  const asked = await ask(`${base.replace(/\/+$/, '')}${path}`, { headers: authorization(credentials) });
  if (!isAnswer(asked)) return { kind: 'wrong', reason: asked.reason, isAbsent: asked.isAbsent };
  const body = json(asked.text);
  if (asked.status === 200 && body !== undefined) return { kind: 'fine', body, answer: asked };
  if (asked.status === 401 || asked.status === 403) return { kind: 'denied', status: asked.status };
  if (asked.status === 404) return { kind: 'absent' };
  const { message } = fieldsOf(body);
  const reason = `it answers ${asked.status}${typeof message === 'string' ? `: ${message}` : ''}`;
  return { kind: 'wrong', reason, answer: asked, isAbsent: false };
}

function authorization(credentials: GrafanaCredentials): Record<string, string> {
  if (credentials === undefined) return {};
  if ('token' in credentials) return { authorization: `Bearer ${credentials.token}` };
  const { user, password } = credentials;
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}
