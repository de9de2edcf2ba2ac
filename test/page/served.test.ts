import assert from 'node:assert/strict';
import { get, type IncomingHttpHeaders } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parseExposition } from '../../src/doctor/exposition.ts';
import { type DaemonProcess, peermeter, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came, compressed or not. */
  readonly bytes: Buffer;
}

function ask(url: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }),
      );
    }).on('error', reject);
  });
}

describe('a daemon', () => {
  let daemon: DaemonProcess;
  let root: string;
  before(async () => {
    daemon = await startDaemonProcess();
    root = new URL('/', daemon.metricsUrl).href;
  });
  after(() => daemon?.stop());

  test('gives a browser the page', async () => {
    const { status, headers, bytes } = await ask(root, { accept: BROWSER });
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^text\/html/);
    assert.match(String(headers.vary), /\bAccept\b(?!-)/);
    assert.match(String(headers['content-security-policy']), /default-src 'none'; script-src 'self'/);
    assert.match(String(bytes), /^<!doctype html>/);
  });

  test('gives curl and Prometheus the metrics at the same address', async () => {
    for (const accept of ['*/*', PROMETHEUS]) {
      const { status, headers, bytes } = await ask(root, { accept });
      assert.equal(status, 200);
      assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
      assert.match(String(headers.vary), /\bAccept\b(?!-)/);
      assert.equal(parseExposition(String(bytes)).value('libp2p_concurrent_peers'), 0);
    }
  });

  test('sends the whole page in less than 100 kB, and names nobody else in it', async () => {
    const compressed = { accept: BROWSER, 'accept-encoding': 'gzip' };
    const answers = await Promise.all(['', 'page.js', 'page.css'].map((path) => ask(root + path, compressed)));
    assert(answers.every(({ headers }) => headers['content-encoding'] === 'gzip'));
    const size = answers.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
    assert(size > 20_000 && size < 100_000, `${size} bytes`);
    for (const { bytes } of answers) {
      const elsewhere = String(gunzipSync(bytes)).match(/\bhttps?:\/\/[^'"\s)]+/g) ?? [];
      // The namespace of SVG is a name, not an address.
      assert.deepEqual(
        [...new Set(elsewhere)].filter((url) => url !== 'http://www.w3.org/2000/svg'),
        [],
      );
    }
  });
});

test('a daemon without the prometheus exporter has the page too', async (t) => {
  const daemon = peermeter(['run', '-p', '0', '-m', '0', '--exporters', 'none']);
  t.after(() => daemon.child.kill('SIGTERM'));
  const root = await eventually(() => {
    const [, url] = /^Live page on (\S+)$/m.exec(daemon.stdout()) ?? [];
    assert(url !== undefined, daemon.stderr());
    return url;
  });
  assert.match(String((await ask(root, { accept: BROWSER })).bytes), /^<!doctype html>/);
  const text = await ask(root, { accept: '*/*' });
  assert.equal(text.status, 404);
  assert.match(String(text.bytes), /the prometheus exporter is off/);
});
