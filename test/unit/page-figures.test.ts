import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { binary, decades, decimal, hundred, time, whole } from '../../src/http/page/axis.ts';
import {
  count,
  type Format,
  longTime,
  memory,
  percent,
  perSecond,
  plain,
  shortTime,
  tick,
  traffic,
  written,
} from '../../src/http/page/format.ts';
import { harmless } from '../../src/http/page/text.ts';

describe('figures of the page', () => {
  const cases: readonly (readonly [Format, number, string])[] = [
    [count('peers'), 50, '50 peers'],
    [count(), 1_048_576, '1,048,576'],
    [perSecond, 0, '0 /s'],
    [perSecond, 0.25, '0.3 /s'],
    [perSecond, 49.6, '50 /s'],
    [percent, 2.4, '2.40 %'],
    [percent, 0, '0 %'],
    [percent, 0.069, '0.069 %'],
    [percent, 100, '100 %'],
    [plain, 1.5, '1.50'],
    [memory, 512, '512 B'],
    [memory, 1023, '1.00 KiB'],
    [memory, 1_988_526.08, '1.90 MiB'],
    [memory, 99_426_304, '94.8 MiB'],
    [memory, 1000 * 2 ** 20, '0.98 GiB'],
    [traffic, 6_200, '6.20 kB/s'],
    [traffic, 999.6, '1.00 kB/s'],
    [shortTime, 0.000_066, '66.0 µs'],
    [shortTime, 0.000_38, '380 µs'],
    [shortTime, 0.004_297, '4.30 ms'],
    [shortTime, 1.5, '1.50 s'],
    [shortTime, 0.999_9, '1.00 s'],
    [longTime, 59.7, '59 s'],
    [longTime, 600, '10 min'],
    [longTime, 3.21, '3.2 s'],
    [longTime, 59.4, '59 s'],
    [longTime, 754, '12 min 34 s'],
    [longTime, 3_660, '1 h 1 min'],
    [longTime, 90_000, '1 d 1 h'],
  ];
  for (const [format, value, text] of cases) {
    test(`${value} is ${text}`, () => assert.equal(written(format(value)).replaceAll('\u00a0', ' '), text));
  }

  test('what is no figure is a dash, never NaN', () => {
    for (const format of [count(), perSecond, percent, plain, memory, traffic, shortTime, longTime]) {
      for (const value of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY, '7'] as unknown as (
        | number
        | null
      )[]) {
        assert.deepEqual(format(value), { text: '—', unit: '' });
      }
    }
  });

  test('every figure is short and says a number', () => {
    for (const format of [count(), perSecond, percent, plain, memory, traffic, shortTime, longTime]) {
      fc.assert(
        fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (value) => {
          assert.match(written(format(value)), /^[\d,]+(\.\d+)?(\u00a0[^\d\s]{1,4}(\u00a0\d+\u00a0\w+)?)?$/);
        }),
      );
    }
  });
});

describe('axes of the page', () => {
  test('have names without zeros at their end', () => {
    const names = [
      tick(percent, 0.4),
      tick(memory, 50 * 2 ** 20),
      tick(percent, 100),
      tick(longTime, 0),
      tick(plain, 1.5),
    ];
    assert.deepEqual(
      names.map((name) => name.replaceAll('\u00a0', ' ')),
      ['0.4 %', '50 MiB', '100 %', '0', '1.5'],
    );
  });

  test('hold every value, and their lines lie on them', () => {
    for (const axisFor of [decimal, whole, binary, time, decades]) {
      fc.assert(
        fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (greatest) => {
          const { low, high, ticks } = axisFor(greatest / 10, greatest);
          assert(low < high && high >= greatest * 0.999, `${greatest}: ${low} to ${high}`);
          assert(ticks.every((tick) => tick >= low && tick <= high * 1.001));
        }),
      );
    }
  });

  test('are there without a value', () => {
    for (const axisFor of [decimal, whole, binary, time, decades, hundred]) {
      const { low, high } = axisFor(0, 0);
      assert(Number.isFinite(low) && high > low);
    }
  });

  test('have round numbers', () => {
    assert.deepEqual(whole(0, 50).ticks, [0, 30, 60]);
    assert.deepEqual(whole(0, 3).ticks, [0, 2, 4]);
    assert.deepEqual(whole(0, 0).ticks, [0, 1, 2]);
    assert.deepEqual(binary(2 ** 20, 90 * 2 ** 20).ticks, [2 ** 20, 10 * 2 ** 20, 100 * 2 ** 20]);
    assert.deepEqual(binary(0, 1.9 * 2 ** 20).ticks, [0, 2 ** 20, 2 * 2 ** 20]);
    assert.deepEqual(time(0, 700).ticks, [0, 600, 1200]);
    assert.deepEqual(decades(0.000_3, 0.02).ticks, [0.0001, 0.001, 0.01, 0.1]);
  });
});

describe('text from outside', () => {
  test('is shown as it is when it can be', () => {
    for (const text of ['12D3KooW', '/ip4/127.0.0.1/tcp/8001', '<b>ä 日本 😀</b>']) assert.equal(harmless(text), text);
  });

  test('cannot turn its surroundings around, end a line, or hide', () => {
    assert.equal(
      harmless('a\u202eb\u0000c\nd\u2066e\u200bf\ufeffg\u{e0041}'),
      'a\\u202eb\\u0000c\\u000ad\\u2066e\\u200bf\\ufeffg\\u{e0041}',
    );
    assert.equal(harmless('\ud800x'), '\\ud800x');
  });

  test('has an end', () => {
    assert.equal(Array.from(harmless('😀'.repeat(100_000))).length, 201);
  });

  test('need not be text', () => {
    assert.equal(harmless(undefined), 'undefined');
  });
});
