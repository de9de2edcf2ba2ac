import type { IncomingMessage } from 'node:http';
import { isAllowedHost, parseHost } from './host-check.ts';
import { type Reply, textReply } from './reply.ts';
import type { RequestTarget } from './request-target.ts';

/**
 * What a request is refused with before any route sees it; undefined when it is fine.
 *
 * The host goes first: who may not read this server learns nothing of what it has.
 */
export function refuse(
  request: IncomingMessage,
  target: RequestTarget | undefined,
  allowedHosts: readonly string[],
): Reply | undefined {
  return refuseHost(request, target, allowedHosts) ?? refuseMethod(request) ?? refuseTarget(target);
}

function refuseHost(
  request: IncomingMessage,
  target: RequestTarget | undefined,
  allowedHosts: readonly string[],
): Reply | undefined {
  const sent = request.headersDistinct.host ?? [];
  if (sent.length > 1) return textReply(400, 'bad request: more than one Host header');
  // Node.js refuses HTTP/1.1 without a Host itself. HTTP/1.0 knows no such header, and no browser speaks it.
  const host = target?.authority ?? sent[0];
  if (host === undefined) return undefined;
  if (parseHost(host) === undefined) return textReply(400, 'bad request: malformed host');
  if (isAllowedHost(host, allowedHosts)) return undefined;
  return textReply(403, 'forbidden host: use an address or localhost, or allow this name with --metrics-allowed-host');
}

function refuseMethod(request: IncomingMessage): Reply | undefined {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  return textReply(405, 'method not allowed; use GET or HEAD', { allow: 'GET, HEAD' });
}

function refuseTarget(target: RequestTarget | undefined): Reply | undefined {
  if (target === undefined) return textReply(400, 'bad request: malformed target');
  // RFC 9110, 7.4: whoever asks here for another scheme's resource has the wrong server.
  const { scheme = 'http' } = target;
  return scheme === 'http' ? undefined : textReply(421, 'misdirected request: this server speaks plain http');
}
