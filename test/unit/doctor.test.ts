import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { METRICS } from '../../src/contract/metrics.ts';
import { clockAhead } from '../../src/doctor/clock.ts';
import { parseExposition } from '../../src/doctor/exposition.ts';
import { FINDINGS, type FindingId } from '../../src/doctor/findings.ts';
import { mayBeSame, placesOf } from '../../src/doctor/places.ts';
import { PrometheusApi, secondsOf } from '../../src/doctor/prometheus-api.ts';
import { Report } from '../../src/doctor/report.ts';
import { checkText, reportJson, verdictText } from '../../src/doctor/report-text.ts';
import { compare, labelKey, STEADY_ROWS } from '../../src/doctor/series.ts';
import { readSubject } from '../../src/doctor/subject.ts';
import { judge } from '../../src/doctor/values.ts';
import { type Asked, ask, isAnswer } from '../../src/http/ask.ts';
import { startStub } from '../support/stub-server.ts';

const DOC = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'doctor.md'), 'utf8');

test('every finding is explained, with its severity, and nothing else is', () => {
  const explained = [...DOC.matchAll(/^### ([a-z-]+)\n\n(Fault|Warning)\. /gm)].map(([, id, severity]) => [
    id,
    severity?.toLowerCase(),
  ]);
  assert.deepEqual(Object.fromEntries(explained), FINDINGS);
  assert.equal(explained.length, Object.keys(FINDINGS).length, 'each once');
});

describe('the text format', () => {
  test('samples, labels, escapes, timestamps and special values', () => {
    const { samples, families } = parseExposition(
      [
        '# HELP a_total What it is.',
        '# TYPE a_total counter',
        '# a comment',
        'a_total 1',
        'a_total{x="1",y="a \\"b\\" \\\\ \\n}",} 2.5e3 1700000000000',
        'b{} +Inf',
        'c NaN',
      ].join('\n'),
    );
    assert.deepEqual(samples.slice(0, 3), [
      { name: 'a_total', labels: {}, value: 1 },
      { name: 'a_total', labels: { x: '1', y: 'a "b" \\ \n}' }, value: 2500 },
      { name: 'b', labels: {}, value: Number.POSITIVE_INFINITY },
    ]);
    assert(Number.isNaN(samples[3]?.value));
    assert.deepEqual(families.get('a_total'), { type: 'counter', help: 'What it is.' });
  });

  test('what is none is refused, in time that grows with its length', () => {
    for (const bad of [
      'a',
      'a{',
      'a{x}',
      'a{x="1"',
      'a{x="1"}',
      'a{x="1" y="2"} 1',
      'a 1 2 3',
      'a one',
      '{} 1',
      ' a 1',
      '<html>',
    ]) {
      assert.throws(() => parseExposition(bad), /not the Prometheus text format/, bad);
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          parseExposition(text);
        } catch (error) {
          assert.match(String(error), /not the Prometheus text format/);
        }
      }),
    );
    const startedAt = performance.now();
    assert.throws(() => parseExposition(`a{x="${'\\"} '.repeat(300_000)}`));
    assert.throws(() => parseExposition(`a{${'} '.repeat(300_000)}`));
    assert.throws(() => parseExposition(`a ${'1 '.repeat(300_000)}x`));
    assert(performance.now() - startedAt < 5000);
  });
});

describe('an answer', () => {
  const reasonOf = (asked: Asked): string => (isAnswer(asked) ? '' : asked.reason);

  test('that is too large, or never ends, is given up', async (t) => {
    const endless = await startStub((_, response) => {
      const write = (): void => {
        while (response.writable && response.write(Buffer.alloc(2 ** 20)));
      };
      response.on('drain', write);
      write();
    });
    const slow = await startStub((_, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    });
    t.after(() => Promise.all([endless.stop(), slow.stop()]));
    assert.match(reasonOf(await ask(endless.url)), /larger than 32 MiB/);
    assert.match(reasonOf(await ask(slow.url, { deadlineMs: 200 })), /no whole answer within 0\.2 s/);
  });

  test('that is no HTTP is quoted, one that hangs up is told', async (t) => {
    const server = createTcpServer((socket) => socket.end('\u001b[31mhello\n')).listen(0, '127.0.0.1');
    const rude = createTcpServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    t.after(() => [server.close(), rude.close()]);
    await Promise.all([once(server, 'listening'), once(rude, 'listening')]);
    const at = (one: typeof server): string => `http://127.0.0.1:${(one.address() as { port: number }).port}`;
    assert.match(reasonOf(await ask(at(server))), /does not speak HTTP \(it says "\\u001b\[31mhello"\)/);
    assert.match(reasonOf(await ask(at(rude))), /hung up/);
    assert.match(reasonOf(await ask('http://127.0.0.1:1')), /connection refused/);
    assert.match(reasonOf(await ask('http://no-such-host.invalid')), /no such host|cannot be looked up/);
  });

  test('of Prometheus is believed only as far as it has the right shape', async (t) => {
    const replies = [
      'null',
      '[]',
      '{"status":"success","data":{"result":[null,{"metric":7,"value":["x",1]},{"value":[1,"x"]}]}}',
      '{"status":"success"}',
      'not json',
    ];
    let at = 0;
    const stub = await startStub((_, response) => response.end(replies[at++ % replies.length]));
    t.after(() => stub.stop());
    const api = new PrometheusApi(stub.url);
    for (const _ of replies) {
      const result = await api.query('up');
      assert.deepEqual('data' in result ? result.data : [], []);
    }
    for (const _ of replies) assert((await api.targets()) !== undefined);
    for (const _ of replies) await api.config();
  });

  test('tells how far its clock is off, to the second', () => {
    const now = Date.parse('2026-01-31T12:00:00.500Z');
    const at = (date: string) =>
      clockAhead({ url: '', status: 200, text: '', headers: { date }, askedAtMs: now - 100, answeredAtMs: now + 100 });
    assert.equal(at('Sat, 31 Jan 2026 12:00:00 GMT'), 0);
    assert.equal(at('Sat, 31 Jan 2026 11:00:00 GMT'), -3600);
    assert.equal(at('yesterday'), undefined);
  });
});

describe('places', () => {
  test('the Collector is on one machine, and only what was asked for must be there', () => {
    const places = placesOf({ collector: 'http://otel.example:9999/metrics', prometheus: 'http://p:1' });
    assert.deepEqual(places.collectorSelf, { url: 'http://otel.example:8888/metrics', isAsked: false });
    assert.deepEqual(places.otlp, { url: 'http://otel.example:4318/v1/metrics', isAsked: false });
    assert.deepEqual([places.prometheus.isAsked, places.grafana.isAsked], [true, false]);
  });

  test('one end point may have several names, but has one port', () => {
    assert(mayBeSame('http://host.docker.internal:8081/metrics', 'http://127.0.0.1:8081'));
    assert(!mayBeSame('http://10.0.0.7:8081/metrics', 'http://127.0.0.1:8081'));
    assert(mayBeSame('http://otel-collector:8889/metrics', 'http://127.0.0.1:8889/metrics', { anyHost: true }));
    assert(!mayBeSame('http://127.0.0.1:8082/metrics', 'http://127.0.0.1:8081'));
    assert(!mayBeSame('nonsense', 'http://127.0.0.1:8081'));
  });

  test('durations as Prometheus writes them', () => {
    assert.deepEqual(['5s', '1m30s', '250ms', '', 'x'].map(secondsOf), [5, 90, 0.25, 0, 0]);
  });
});

describe('series', () => {
  const rowOf = ({ name }: { readonly name: string }) =>
    STEADY_ROWS.find((row) => row.name === name) ?? assert.fail(name);
  const expected = [
    { row: rowOf(METRICS.ioRead), name: METRICS.ioRead.name, sets: new Set(['']) },
    {
      row: rowOf(METRICS.pingErrors),
      name: METRICS.pingErrors.name,
      sets: new Set(['reason="reset"', 'reason="stream"']),
    },
    { row: rowOf(METRICS.pingRtt), name: METRICS.pingRtt.name, sets: new Set(['le="Infinity"', '']) },
  ];
  const one = (name: string, labels = {}) => ({ name, labels: { job: 'j', instance: 'i', ...labels } });

  test('as they should be', () => {
    const right = [
      one(METRICS.ioRead.name),
      one(METRICS.pingErrors.name, { reason: 'reset' }),
      one(METRICS.pingErrors.name, { reason: 'stream' }),
      one(`${METRICS.pingRtt.name}_bucket`, { le: '+Inf' }),
      one(`${METRICS.pingRtt.name}_count`),
    ];
    const { renamed, missing, extraLabels, lost, exact } = compare(expected, right);
    assert.deepEqual([renamed, missing, [...extraLabels], lost, exact], [[], [], [], [], 3]);
  });

  test('renamed, missing, lost and labelled', () => {
    const wrong = [
      one(`${METRICS.ioRead.name}_total`, { otel_scope_name: 's' }),
      one(METRICS.pingErrors.name, { reason: 'reset', otel_scope_name: 's' }),
    ];
    const { renamed, missing, extraLabels, lost } = compare(expected, wrong);
    assert.deepEqual(renamed, [{ expected: METRICS.ioRead.name, found: `${METRICS.ioRead.name}_total` }]);
    assert.deepEqual(missing, [METRICS.pingRtt.name]);
    assert.deepEqual([...extraLabels], [['otel_scope_name', 's']]);
    assert.deepEqual(lost, [`${METRICS.pingErrors.name}{reason="stream"}`]);
  });

  test('labels in any order are the same', () => {
    assert.equal(
      labelKey({ b: '2', a: '1' }, () => true),
      labelKey({ a: '1', b: '2' }, () => true),
    );
  });

  test('a page that was passed on is not the daemon itself', () => {
    const own = parseExposition(
      `target_info{service_name="s",service_instance_id="me"} 1\n${METRICS.memoryRss.name} 5\n`,
    );
    assert.deepEqual([readSubject(own)?.instance, readSubject(own)?.job], ['me', 's']);
    assert.equal(readSubject(parseExposition(`${METRICS.memoryRss.name}{instance="me",job="s"} 5\n`)), undefined);
  });
});

describe('values', () => {
  const counter = (value: number, other = 7) => [
    { name: METRICS.ioRead.name, labels: {}, value },
    { name: METRICS.ioWrite.name, labels: {}, value: other },
  ];
  const verdict = (before: number, shown: number, after: number, others = [7, 7, 7]) =>
    judge({
      before: counter(before, others[0]),
      shown: counter(shown, others[1]),
      after: counter(after, others[2]),
      ownName: (row) => row.name,
      shownName: (row) => row.name,
    }).kind;

  test('between what was and what is they are current', () => {
    assert.deepEqual(
      [verdict(5, 5, 9), verdict(5, 7, 9), verdict(5, 9, 9), verdict(7, 7, 7)],
      Array(4).fill('current'),
    );
  });

  test('older they are frozen, larger they are not the daemon’s', () => {
    assert.deepEqual([verdict(5, 4, 9), verdict(5, 10, 9)], ['frozen', 'foreign']);
    assert.equal(verdict(5, 4, 9, [5, 4, 9]), 'frozen');
  });
});

describe('the report', () => {
  test('escapes what came from outside, and cuts it', () => {
    const report = new Report();
    report.found('daemon', 'wrong-service', {
      what: `\u001b[2J\n${'x'.repeat(5000)}`,
      where: 'http://a\u202e',
      todo: 'this',
    });
    const [check] = report.checks;
    const text = check === undefined ? '' : checkText(check);
    assert.doesNotMatch(text, /[\u001b\u202e]/);
    assert(text.length < 1500);
    assert.equal(text.split('\n').length, 4);
  });

  test('begins with the first fault, whatever was warned of before', () => {
    const report = new Report();
    const advice = { what: 'w', where: 'x', todo: 'y' };
    assert.equal(verdictText(report), 'no finding\n');
    report.found('daemon', 'push-unseen', advice);
    report.found('daemon', 'clock-off', advice);
    assert.equal(report.firstBreak, undefined);
    report.found('push', 'push-failing', advice);
    assert.equal(report.firstBreak, 'push-failing' satisfies FindingId);
    assert.match(verdictText(report), /^2 faults, 1 warning; begin with clock-off /);
    assert.equal(JSON.parse(reportJson(report)).ok, false);
  });
});
