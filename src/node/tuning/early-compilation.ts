import { setFlagsFromString } from 'node:v8';

/** The V8 whose flag this is: a V8 that does not know a flag says so on standard error, and nobody can ask it first. */
const KNOWN_V8 = '13.6.';

/**
 * Has V8 compile to machine code what is called for the first time.
 *
 * V8 interprets at first, and waits for calls, which is nothing for a program that computes. A daemon with fifty peers
 * calls what answers a ping fifty times a second: its first minutes, and all of a stampede of new peers at its start,
 * would be spent in the interpreter. To have V8 optimise sooner as well saves more time, and takes 17 MB for it.
 *
 * @returns why it cannot be done here; nothing when it has been
 */
export function compileEarly(v8Version = process.versions.v8): string[] {
  if (!v8Version.startsWith(KNOWN_V8)) return [`V8 is ${v8Version}, and its flags are known of ${KNOWN_V8}x`];
  setFlagsFromString('--always-sparkplug');
  return [];
}
