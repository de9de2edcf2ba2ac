import type { DialResult } from '../contract/vocabulary.ts';

const BY_CODE: Readonly<Record<string, DialResult>> = {
  ECONNREFUSED: 'refused',
  ENETUNREACH: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'handshake',
  EPIPE: 'handshake',
};

const BY_NAME: Readonly<Record<string, DialResult>> = {
  TimeoutError: 'timeout',
  ConnectionInterceptedError: 'denied',
  DialDeniedError: 'denied',
  UnexpectedPeerError: 'wrong_peer',
  EncryptionFailedError: 'handshake',
  MuxerUnavailableError: 'handshake',
  UnexpectedEOFError: 'handshake',
  ConnectionClosedError: 'handshake',
  StreamResetError: 'handshake',
  StreamClosedError: 'handshake',
  ConnectionFailedError: 'handshake',
};

/** libp2p passes the text of an inner error on, but not its name. */
const BY_MESSAGE: readonly (readonly [RegExp, DialResult])[] = [
  [/does not match expected remote/i, 'wrong_peer'],
  [/timed? ?out/i, 'timeout'],
  [/blocked by gater/i, 'denied'],
];

/**
 * What a failed dial came to. Of several addresses the one that got furthest says it: a wrong peer before a failed
 * handshake, before a timeout, before a refusal.
 */
export function dialResult(error: unknown): Exclude<DialResult, 'success'> {
  const results = flatten(error).map(classify);
  const furthest: readonly Exclude<DialResult, 'success'>[] = [
    'denied',
    'wrong_peer',
    'handshake',
    'timeout',
    'refused',
    'unreachable',
    'aborted',
  ];
  return furthest.find((result) => results.includes(result)) ?? 'other';
}

function flatten(error: unknown): Error[] {
  if (error instanceof AggregateError) return error.errors.flatMap(flatten);
  return error instanceof Error ? [error] : [];
}

function classify(error: Error): DialResult {
  const match = BY_MESSAGE.find(([pattern]) => pattern.test(error.message));
  if (match !== undefined) return match[1];
  const code = (error as NodeJS.ErrnoException).code ?? /\b(E[A-Z_]{4,})\b/.exec(error.message)?.[1] ?? '';
  return BY_CODE[code] ?? BY_NAME[error.name] ?? (error.name === 'AbortError' ? 'aborted' : 'other');
}
