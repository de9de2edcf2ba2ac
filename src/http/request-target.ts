/** What a request line asks for. */
export interface RequestTarget {
  /** Percent-decoded, without query. Not normalised: `/a/../b` is a path of its own, which no route has. */
  readonly path: string;
  /** The `host[:port]` of an absolute-form target; it overrides the Host header (RFC 9112, 3.2.2). */
  readonly authority?: string;
  /** The scheme of an absolute-form target, in lower case. */
  readonly scheme?: string;
}

const ABSOLUTE_FORM = /^([a-z][a-z0-9+.-]*):\/\/([^/?]*)(\/[^?]*)?(?:\?.*)?$/i;

/** Reads the target of a GET or HEAD request; undefined when it is malformed. */
export function parseTarget(target: string): RequestTarget | undefined {
  if (!/^[\x21-\x7e]+$/.test(target) || target.includes('#')) return undefined;
  if (target.startsWith('/')) return withPath(target.split('?', 1)[0] ?? '');

  const [, scheme, authority, path = '/'] = ABSOLUTE_FORM.exec(target) ?? [];
  if (scheme === undefined || authority === undefined) return undefined;
  return withPath(path, { scheme: scheme.toLowerCase(), authority });
}

function withPath(encoded: string, rest: Omit<RequestTarget, 'path'> = {}): RequestTarget | undefined {
  try {
    return { path: decodeURIComponent(encoded), ...rest };
  } catch {
    return undefined; // `%zz`, or bytes that are no UTF-8
  }
}
