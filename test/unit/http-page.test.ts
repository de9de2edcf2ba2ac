import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { prefersHtml } from '../../src/http/accept.ts';
import { pageRoutes } from '../../src/http/page-routes.ts';
import { textReply } from '../../src/http/reply.ts';

const CHROMIUM = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

describe('who is given the page', () => {
  for (const [who, accept, page] of [
    ['Chromium', CHROMIUM, true],
    ['Firefox', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
    ['who asks for it', 'text/html', true],
    ['who asks for it in capitals', 'TEXT/HTML;charset=utf-8', true],
    ['who would also take text', 'text/plain;q=0.5, text/html', true],
    ['curl', '*/*', false],
    ['Prometheus', PROMETHEUS, false],
    ['who sends no Accept', undefined, false],
    ['who sends an empty one', '', false],
    ['who likes text as much', 'text/html, text/plain, */*;q=0.01', false],
    ['who takes any text', 'text/*', false],
    ['who refuses it', 'text/html;q=0, */*', false],
    ['who would rather have text', 'text/html;q=0.5, text/*;q=0.9', false],
    ['who sends nonsense', ';;,q=1,text/html;q=seven,,', true],
    ['who sends other nonsense', '\u0000,=;,text/htmlx', false],
  ] as const) {
    test(`${who}: ${page ? 'yes' : 'no'}`, () => assert.equal(prefersHtml(accept), page));
  }
});

describe('the routes of the page', () => {
  const bytes = (text: string) => Buffer.from(text);
  const files = { html: bytes('<html>'), css: bytes('css'), script: bytes('script') };
  const asked = (accept?: string) => ({ headers: { accept } }) as IncomingMessage;
  const routes = pageRoutes(files, () => textReply(404, 'no metrics here', { 'x-own': 'kept' }));

  test('give a browser the page, with a policy that lets nothing else in', async () => {
    const reply = await routes['/']?.(asked(CHROMIUM));
    assert.equal(reply?.status, 200);
    assert.equal(reply?.contentType, 'text/html; charset=utf-8');
    const policy = reply?.headers?.['content-security-policy'] ?? '';
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) {
      assert(policy.split('; ').includes(part), part);
    }
    assert.doesNotMatch(policy, /unsafe|http:|\*/);
  });

  test('give everybody else what was there before, refusals too', async () => {
    const reply = await routes['/']?.(asked('*/*'));
    assert.equal(reply?.status, 404);
    assert.equal(reply?.headers?.['x-own'], 'kept');
  });

  test('tell caches what the reply was chosen by', async () => {
    for (const accept of [CHROMIUM, '*/*', undefined]) {
      assert.equal((await routes['/']?.(asked(accept)))?.headers?.vary, 'Accept, Accept-Encoding');
    }
  });
});
