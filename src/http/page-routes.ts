import { readFileSync } from 'node:fs';
import { prefersHtml } from './accept.ts';
import type { Reply, Route, Routes } from './reply.ts';

/**
 * The page may load what this server serves, and nothing else; no text can become script or markup in it, and no other
 * page can frame it.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** What a reply of `/` was chosen by: a cache must not give a browser's page to a scraper. */
const VARY = { vary: 'Accept, Accept-Encoding' };

/** The files of the live page, in memory: a package that is replaced on disk does not change a daemon that runs. */
export interface PageFiles {
  readonly html: Uint8Array;
  readonly css: Uint8Array;
  readonly script: Uint8Array;
}

/** Reads the page as `tools/bundle-page.ts` wrote it. Throws when it is not there. */
export function readPage(folder: URL): PageFiles {
  const read = (name: string): Uint8Array => readFileSync(new URL(name, folder));
  return { html: read('page.html'), css: read('page.css'), script: read('page.js') };
}

/**
 * The routes of the live page: `/` is the page for a browser and what it was for everybody else; the page loads the
 * other two.
 *
 * @param plain what `/` answers to those who do not ask for a page
 */
export function pageRoutes(files: PageFiles, plain: Route): Routes {
  const page = file(files.html, 'text/html; charset=utf-8', {
    'content-security-policy': PAGE_POLICY,
    ...VARY,
  });
  return {
    '/': async (request) => {
      if (prefersHtml(request.headers.accept)) return page;
      const reply = await plain(request);
      return { ...reply, headers: { ...reply.headers, ...VARY } };
    },
    '/page.css': () => file(files.css, 'text/css; charset=utf-8'),
    '/page.js': () => file(files.script, 'text/javascript; charset=utf-8'),
  };
}

// Never kept, as all replies: a daemon of another version may be at this port a moment later.
function file(body: Uint8Array, contentType: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 200, contentType, body, headers };
}
