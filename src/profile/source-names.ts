import { readFileSync, statSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { CallFrame } from './heap-profile.ts';

/** The map of the largest chunk has 3 MB. */
const MAX_MAP_BYTES = 64 * 2 ** 20;

/**
 * Puts call frames of the built program back where they were written, by the source maps that lie beside it. A frame
 * whose map is not on this machine stays as it is.
 */
export function originalFrames(): (frame: CallFrame) => CallFrame {
  const maps = new Map<string, SourceMap | undefined>();
  return (frame) => {
    const { url, lineNumber, columnNumber } = frame;
    if (!url.startsWith('file:') || !url.endsWith('.js')) return frame;
    if (!maps.has(url)) maps.set(url, mapOf(url));
    const entry = maps.get(url)?.findEntry(lineNumber, columnNumber);
    if (entry === undefined || !('originalSource' in entry)) return frame;
    const { originalSource, originalLine, originalColumn } = entry;
    return { ...frame, url: new URL(originalSource, url).href, lineNumber: originalLine, columnNumber: originalColumn };
  };
}

function mapOf(url: string): SourceMap | undefined {
  try {
    const file = `${fileURLToPath(url)}.map`;
    return statSync(file).size > MAX_MAP_BYTES ? undefined : new SourceMap(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Where a frame is, for people: `src/peers/peer-table.ts:45`, `@libp2p/yamux/dist/src/muxer.js:120`, `node:net:12`. */
export function whereOf({ url, lineNumber }: CallFrame): string {
  if (url === '') return '';
  const inPackage = url.split('/node_modules/').at(-1) ?? url;
  const inSources = /^file:.*\/((?:src|dist)\/.*)$/.exec(inPackage)?.[1] ?? inPackage;
  return `${inSources}:${lineNumber + 1}`;
}
