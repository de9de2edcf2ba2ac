import type { IncomingMessage } from 'node:http';
import { type Reply, type Routes, textReply } from './reply.ts';

/**
 * What the command sends and a page on the web cannot: a header of one's own makes a browser ask first (a preflight by
 * OPTIONS), and this server answers no such question.
 */
export const PROFILE_HEADER = 'x-peermeter-profile';

export const PROFILE_PATH = '/profile/heap';

/** What is asked for, as it stands in the query. */
export interface AskedProfile {
  readonly seconds: number;
  readonly living: boolean;
  readonly process: string | undefined;
}

export interface ProfileRouteInit {
  /** Takes the profile, as JSON; absent when that is switched off. Throws what is to be told, at once when it cannot. */
  readonly take: ((asked: AskedProfile, signal: AbortSignal) => Promise<string>) | undefined;
  readonly maxSeconds: number;
}

/**
 * `/profile/heap?seconds=30`: a heap profile of the daemon, for whoever sits at its machine.
 *
 * A profile tells of the program and not of its data, but it costs time: so it is for this machine alone, not through a
 * proxy, one at a time, and it ends when whoever asked is gone.
 */
export function profileRoutes({ take, maxSeconds }: ProfileRouteInit): Routes {
  let isBusy = false;
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const refusal = refuseProfile(request);
    if (refusal !== undefined) return refusal;
    if (take === undefined) return textReply(403, 'profiling is switched off here (--profiling)');
    const asked = readQuery(request.url ?? '', maxSeconds);
    if (typeof asked === 'string') return textReply(400, `bad request: ${asked}`);
    if (isBusy) return textReply(409, 'a profile is being taken already: try again when it is done');
    isBusy = true;
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    request.socket.once('close', leave);
    // Nothing is sent until it is done, and the server takes a silent connection for a dead one after half a minute.
    request.socket.setTimeout(0);
    try {
      const body = await take(asked, gone.signal);
      return { status: 200, contentType: 'application/json', body, headers: { connection: 'close' } };
    } catch (error) {
      return textReply(503, `no profile: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      isBusy = false;
      request.socket.off('close', leave);
    }
  };
  return { [PROFILE_PATH]: answer };
}

function refuseProfile(request: IncomingMessage): Reply | undefined {
  if (request.method !== 'GET') return textReply(405, 'method not allowed; use GET', { allow: 'GET' });
  if (!isThisMachine(request.socket.remoteAddress)) return textReply(403, 'profiles are for this machine only');
  if (isForwarded(request)) return textReply(403, 'profiles are not for those behind a proxy: ask this address itself');
  if (request.headers[PROFILE_HEADER] !== undefined) return undefined;
  return textReply(403, `profiles are taken by peermeter profile heap (it sends the header ${PROFILE_HEADER})`);
}

/** A loopback address, as IPv6 writes IPv4 too. */
export function isThisMachine(address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(address ?? '');
}

const FORWARDED = /^(forwarded|via|x-real-ip|x-forwarded.*|x-client-ip|cf-connecting-ip|true-client-ip)$/;

/** Whether a proxy on this machine passes on what came from elsewhere. */
function isForwarded({ headers }: IncomingMessage): boolean {
  return Object.keys(headers).some((name) => FORWARDED.test(name));
}

function readQuery(target: string, maxSeconds: number): AskedProfile | string {
  const query = new URLSearchParams(target.split('?')[1] ?? '');
  const text = query.get('seconds') ?? '30';
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > maxSeconds) return `seconds must be a whole number from 1 to ${maxSeconds}`;
  const process = query.get('process') ?? undefined;
  if (process !== undefined && !/^(\d{1,3}|primary)$/.test(process)) return 'process must be a number, or primary';
  return { seconds, living: query.get('living') === '1', process };
}
