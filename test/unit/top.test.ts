import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LiveHello, LivePeerRow, LivePoint } from '../../src/live/feed.ts';
import { pressed } from '../../src/top/keys.ts';
import { pointLine } from '../../src/top/lines.ts';
import { palette } from '../../src/top/palette.ts';
import { lost, type Picture, withEvent } from '../../src/top/picture.ts';
import { readEvent } from '../../src/top/read-event.ts';
import { draw, FIRST_VIEW, type View } from '../../src/top/screen.ts';
import { sparkline } from '../../src/top/sparkline.ts';
import { arranged, shortAddress } from '../../src/top/table.ts';
import { fit, harmless, isUtf8, shorten } from '../../src/top/text.ts';
import * as units from '../../src/top/units.ts';

const START_MS = Date.UTC(2026, 0, 31, 12, 0, 0);
const NOW_MS = START_MS + 3_723_000;

const hello: LiveHello = {
  service: 'peermeter',
  peerId: '12D3KooWHEaWCBhqWw2DkCDu5Zg7m9NKkgmkLuvFqQmSPbE6xVVz',
  version: '0.1.0',
  addresses: ['/ip4/127.0.0.1/tcp/8001'],
  startedAtMs: START_MS,
  intervalMs: 1000,
  keepMs: 900_000,
  processes: 2,
};

const point: LivePoint = {
  atMs: NOW_MS,
  peers: 50,
  maxPeers: 100,
  inbound: 48,
  outbound: 2,
  poolUtilization: 0.25,
  poolSize: 200,
  memoryPerPeerBytes: 1_988_526,
  memoryRssBytes: 99_426_304,
  heapUsedBytes: 21_000_000,
  cpuPercent: 5.4,
  descriptors: 75,
  descriptorLimit: 20_000,
  loopDelayP99Seconds: 0.000_92,
  pingsPerSecond: 49.9,
  pingFailuresPerSecond: 1.5,
  rttP50Seconds: 0.000_41,
  rttP95Seconds: 0.0009,
  rttP99Seconds: 0.012,
  durationP50Seconds: null,
  durationP95Seconds: null,
  durationP99Seconds: null,
  ageP50Seconds: 3600,
  ageP95Seconds: 3700,
  ageP99Seconds: 3722,
  openedPerSecond: 0,
  closedPerSecond: 0,
  deniedPerSecond: 0,
  readBytesPerSecond: 6200,
  writtenBytesPerSecond: 6200,
};

const row = (n: number, more: Partial<LivePeerRow> = {}): LivePeerRow => ({
  peerId: `12D3KooW${String(n).padStart(44, 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstu')}`,
  direction: n % 2 === 0 ? 'inbound' : 'outbound',
  address: `/ip4/192.168.1.${n}/tcp/${40_000 + n}`,
  target: n === 1,
  connectedAtMs: START_MS + n * 60_000,
  rttSeconds: n / 10_000,
  jitterSeconds: 0.000_01 * (50 - n),
  failures: n % 7 === 0 ? 2 : 0,
  ...more,
});
const rows = Array.from({ length: 50 }, (_, at) => row(at + 1));

const picture: Picture = {
  hello,
  points: Array.from({ length: 90 }, (_, at) => ({
    ...point,
    atMs: NOW_MS - (89 - at) * 5000,
    peers: Math.round((50 * (at + 1)) / 90),
    cpuPercent: 1 + (at % 10),
  })).with(-1, point),
  peers: { total: 50, peers: rows },
  contact: { live: true },
};

const drawn = (columns: number, rowCount: number, view: Partial<View> = {}, of: Picture = picture, unicode = true) =>
  draw(of, { ...FIRST_VIEW, ...view }, { columns, rows: rowCount, unicode, paint: palette(false) }, NOW_MS).lines;

describe('the screen', () => {
  test('of 80 columns and 24 rows', () => {
    assert.deepEqual(drawn(80, 24), GOLDEN_80);
  });

  test('of 40 columns, in ASCII', () => {
    assert.deepEqual(drawn(40, 24, { sort: 'peer' }, picture, false), GOLDEN_40);
  });

  test('is never wider or longer than the terminal, whatever that is', () => {
    for (const columns of [1, 2, 5, 12, 19, 20, 33, 40, 41, 79, 80, 81, 120, 300]) {
      for (const rowCount of [1, 2, 3, 5, 9, 24, 100]) {
        for (const view of [{}, { help: true }, { typing: true, filter: 'x'.repeat(50) }, { scroll: 1000 }]) {
          const lines = drawn(columns, rowCount, view);
          assert(lines.length <= rowCount, `${lines.length} lines at ${columns} x ${rowCount}`);
          for (const line of lines) assert(line.length <= columns, `${columns} x ${rowCount}: "${line}"`);
        }
      }
    }
  });

  test('says since when the daemon is gone', () => {
    const gone = lost(picture, 'it has ended the connection', NOW_MS - 12_000);
    assert.match(drawn(100, 24, {}, gone)[0] ?? '', / GONE since \d\d:\d\d:\d\d, 12s$/);
    const later = lost(gone, 'nothing answers', NOW_MS);
    assert.deepEqual(later.contact, gone.contact, 'the first sign of it counts');
  });

  test('without colours has no escape, with colours nothing but them', () => {
    const surface = { columns: 80, rows: 24, unicode: true };
    const painted = draw(picture, FIRST_VIEW, { ...surface, paint: palette(true) }, NOW_MS).lines;
    assert(painted.some((line) => line.includes('\x1b[')));
    assert.deepEqual(
      painted.map((line) => line.replaceAll(/\x1b\[[\d;]*m/g, '')),
      drawn(80, 24),
    );
  });

  test('shows hostile texts as what they are', () => {
    const hostile = {
      ...picture,
      hello: { ...hello, service: 'a\x1b[2Jb\u202ec', version: '\r\n\u0007' },
      peers: { total: 1, peers: [row(1, { peerId: '\x1b]0;x\x07\u2066漢字', address: '/ip4/\n\x9b31m' })] },
    };
    for (const columns of [40, 80, 200]) {
      for (const line of drawn(columns, 24, {}, hostile)) {
        assert(line.length <= columns, line);
        assert.match(line, /^[\u0020-\u007e▁-█…]*$/u);
      }
    }
    assert(drawn(200, 24, {}, hostile).some((line) => line.includes('\\u001b]0;x\\u0007\\u2066\\u6f22\\u5b57')));
  });

  test('has its table scrolled no further than to its end', () => {
    const { lines, scrollEnd, page } = draw(
      picture,
      { ...FIRST_VIEW, scroll: 1000 },
      { columns: 80, rows: 24, unicode: true, paint: palette(false) },
      NOW_MS,
    );
    assert.equal(scrollEnd, 50 - page);
    assert.match(lines.at(-1) ?? '', new RegExp(` ${51 - page}-50 of 50$`));
  });
});

describe('the table', () => {
  const ids = (view: Partial<View>, of = rows) =>
    arranged(of, { ...FIRST_VIEW, ...view }).map(({ address }) => Number(/\.(\d+)\//.exec(address)?.[1]));

  test('has the worst first, and turned round the best', () => {
    assert.deepEqual(ids({}).slice(0, 3), [50, 49, 48]);
    assert.deepEqual(ids({ reversed: true }).slice(0, 3), [1, 2, 3]);
    assert.deepEqual(ids({ sort: 'jitter' }).slice(0, 2), [1, 2]);
    assert.deepEqual(ids({ sort: 'age' }).slice(0, 2), [1, 2], 'the oldest');
    assert.deepEqual(
      ids({ sort: 'failures' })
        .slice(0, 7)
        .sort((a, b) => a - b),
      [7, 14, 21, 28, 35, 42, 49],
    );
  });

  test('has who never answered at its end', () => {
    assert.equal(ids({}, [row(1), row(2, { rttSeconds: null }), row(3)]).at(-1), 2);
  });

  test('shows what contains a text, in an id or an address', () => {
    assert.deepEqual(ids({ filter: '.1.7/' }), [7]);
    assert.deepEqual(ids({ filter: '192.168.1.8:40008' }), [8]);
    assert.deepEqual(ids({ filter: 'RS12' }), [12]);
  });

  test('has short addresses where they lose nothing', () => {
    assert.equal(shortAddress('/ip4/10.0.0.1/tcp/8001'), '10.0.0.1:8001');
    assert.equal(shortAddress('/ip6/::1/tcp/8001'), '[::1]:8001');
    assert.equal(shortAddress('/dns4/a.example/tcp/1'), '/dns4/a.example/tcp/1');
    assert.equal(shortAddress('/ip4/10.0.0.1/tcp/8001/ws'), '/ip4/10.0.0.1/tcp/8001/ws');
  });
});

describe('keys', () => {
  const screen = { lines: [], scrollEnd: 30, page: 10 };
  const after = (
    keys: readonly [text: string | undefined, name?: string, ctrl?: boolean][],
    from: View = FIRST_VIEW,
  ) => {
    let view = from;
    for (const [text, name, ctrl = false] of keys) {
      const next = pressed(view, text, { name, ctrl, sequence: text ?? '' } as never, screen);
      if (typeof next === 'string') return next;
      view = next;
    }
    return view;
  };

  test('sort, and again: turned round', () => {
    assert.deepEqual(after([['j', 'j']]), { ...FIRST_VIEW, sort: 'jitter' });
    assert.deepEqual(after([['r', 'r']]), { ...FIRST_VIEW, reversed: true });
    assert.deepEqual(after([['f'], ['f'], ['a']]), { ...FIRST_VIEW, sort: 'age' });
  });

  test('scroll within the table', () => {
    const scroll = (...names: string[]) => (after(names.map((name) => [undefined, name])) as View).scroll;
    assert.equal(scroll('down', 'down', 'up'), 1);
    assert.equal(scroll('up'), 0);
    assert.equal(scroll('pagedown', 'pagedown'), 20);
    assert.equal(scroll('end'), 30);
    assert.equal(scroll('end', 'down'), 30);
    assert.equal(scroll('end', 'pageup', 'home'), 0);
  });

  test('type a filter, in which letters are letters', () => {
    const typing: [string, string][] = [
      ['/', '/'],
      ['q', 'q'],
      ['r', 'r'],
      ['x', 'x'],
      ['\x7f', 'backspace'],
    ];
    assert.deepEqual(after(typing), { ...FIRST_VIEW, typing: true, filter: 'qr' });
    assert.deepEqual(after([...typing, ['\r', 'return']]), { ...FIRST_VIEW, filter: 'qr' });
    assert.deepEqual(after([...typing, ['\x1b', 'escape']]), FIRST_VIEW);
    assert.deepEqual(after([...typing, ['\r', 'return'], ['\x1b', 'escape']]), FIRST_VIEW);
  });

  test('leave, from wherever one is', () => {
    assert.equal(after([['q', 'q']]), 'leave');
    for (const before of [[], [['/', '/']], [['?', '?']]] as [string, string][][]) {
      assert.equal(after([...before, ['\x03', 'c', true]]), 'leave');
      assert.equal(after([...before, ['\x1a', 'z', true]]), 'suspend');
    }
  });

  test('pause, and ask for help', () => {
    assert.deepEqual(after([[' ', 'space']]), { ...FIRST_VIEW, paused: true });
    assert.deepEqual(after([['?'], ['x']]), FIRST_VIEW);
  });
});

describe('what is known of the daemon', () => {
  const at = (atMs: number): LivePoint => ({ ...point, atMs });
  const times = (of: Picture | undefined) => of?.points.map(({ atMs }) => atMs);

  test('comes event by event, and is no older than what the daemon keeps', () => {
    let known = withEvent(undefined, { name: 'point', data: at(1) }, 0);
    assert.equal(known, undefined, 'nobody has said who it is');
    known = withEvent(known, { name: 'hello', data: { ...hello, keepMs: 5000 } }, 0);
    known = withEvent(known, { name: 'history', data: [at(1000), at(2000)] }, 0);
    known = withEvent(known, { name: 'point', data: at(3000) }, 0);
    assert.deepEqual(times(known), [1000, 2000, 3000]);
    known = withEvent(known, { name: 'point', data: at(7000) }, 0);
    assert.deepEqual(times(known), [3000, 7000]);
    assert.deepEqual(times(withEvent(known, { name: 'history', data: [] }, 0)), [3000, 7000]);
    assert.deepEqual(
      times(withEvent(known, { name: 'point', data: at(6000) }, 0)),
      [3000, 6000],
      'the clock was set back',
    );
    known = withEvent(known, { name: 'hello', data: { ...hello, keepMs: 5000 } }, 0);
    assert.deepEqual(times(withEvent(known, { name: 'history', data: [at(8000)] }, 0)), [7000, 8000], 'goes on');
    known = withEvent(known, { name: 'hello', data: { ...hello, peerId: 'another' } }, 0);
    assert.deepEqual(times(known), []);
  });

  test('says that it has gone when it says so itself', () => {
    assert.deepEqual(withEvent(picture, { name: 'bye', data: {} }, 5)?.contact, {
      live: false,
      sinceMs: 5,
      reason: 'it is stopping',
    });
  });

  test('is refused when it is not what a daemon sends', () => {
    assert.deepEqual(readEvent('hello', JSON.stringify(hello)), { name: 'hello', data: hello });
    assert.equal(readEvent('of the future', '{}'), undefined);
    assert.equal(readEvent(undefined, '{}'), undefined);
    assert.equal(readEvent('toString', '{}'), undefined);
    for (const [name, text] of [
      ['hello', '{}'],
      ['hello', 'null'],
      ['hello', JSON.stringify({ ...hello, processes: '2\r\n' })],
      ['point', '[]'],
      ['point', '{"atMs":1e300}'],
      ['history', '{}'],
      ['history', '[null]'],
      ['peers', '{"total":1}'],
      ['peers', '{"total":1,"peers":[{}]}'],
      ['point', 'not JSON'],
    ] as const) {
      assert.throws(() => readEvent(name, text), `${name} ${text}`);
    }
  });
});

test('numbers are short and say what they are', () => {
  assert.deepEqual([0, 7, 1234, 1.234, null, Number.NaN].map(units.count), ['0', '7', '1234', '1.23', '-', '-']);
  assert.deepEqual([0, 0.000_065, 0.0004, 0.0123, 0.5, 0.9999, 12.3].map(units.brief), [
    ...['0 ms', '65 us', '400 us', '12.3 ms', '500 ms', '1.00 s', '12.3 s'],
  ]);
  assert.deepEqual([0, 59.9, 61, 3661, 90_000, 100 * 86_400].map(units.lasting), [
    ...['0s', '59s', '1m01s', '1h01m', '1d01h', '100d'],
  ]);
  assert.deepEqual([0, 1023, 1024, 99_426_304, 2 ** 50].map(units.bytes), [
    ...['0 B', '1023 B', '1.00 KiB', '94.8 MiB', '1024 TiB'],
  ]);
  assert.equal(units.share(0.25), '25.0 %');
  assert.equal(units.byteRate(6200), '6.05 KiB/s');
  assert.equal(units.rate(null), '-');
});

test('texts are cut to the columns there are', () => {
  assert.equal(shorten('abcdefghij', 7, '…'), 'abc…hij');
  assert.equal(shorten('abcdefghij', 10, '…'), 'abcdefghij');
  assert.equal(shorten('abcdefghij', 2, '..'), 'ab');
  assert.equal(fit('abc', 2), 'ab');
  assert.equal(fit('abc', 5), 'abc  ');
  assert.equal(harmless('Gerät\t✓', true), 'Gerät\\u0009\\u2713');
  assert.equal(harmless('Gerät', false), 'Ger\\u00e4t');
});

test('a locale is UTF-8 when the first variable that counts says so', () => {
  assert(isUtf8({ LANG: 'de_DE.UTF-8' }));
  assert(isUtf8({ LC_ALL: '', LC_CTYPE: 'C.utf8', LANG: 'C' }));
  assert(!isUtf8({ LC_ALL: 'C', LANG: 'de_DE.UTF-8' }));
  assert(!isUtf8({}));
});

test('a sparkline has the largest value of each stretch of time', () => {
  const init = { columns: 8, unicode: true, fromMs: 0, toMs: 8000 };
  const ramp = Array.from({ length: 8 }, (_, at) => [at * 1000 + 1, at] as const);
  assert.equal(sparkline(ramp, init), '▁▂▃▄▅▆▇█');
  assert.equal(sparkline(ramp, { ...init, unicode: false }), '_.:-=+*#');
  assert.equal(
    sparkline(
      [
        [1, 0],
        [8000, 0],
      ],
      init,
    ),
    '▁      ▁',
  );
  assert.equal(
    sparkline(
      [
        [1, 4],
        [2001, 4],
        [2500, null],
      ],
      init,
    ),
    '███     ',
    'a gap of one column is none',
  );
  assert.equal(sparkline([], init), '        ');
  assert.equal(
    sparkline(
      [
        [-5, 1],
        [9000, 8],
        [500, 4],
      ],
      { ...init, columns: 2 },
    ),
    '▅█',
  );
});

test('a point in a line', () => {
  assert.equal(
    pointLine(point),
    '2026-01-31T13:02:03.000Z  peers 50/100  pool 25.0 %  cpu 5.40 %  memory 94.8 MiB  files 75  pings 49.9/s  ' +
      'failed 1.50/s  rtt p50 410 us  p95 900 us  p99 12.0 ms  refused 0/s  in 6.05 KiB/s  out 6.05 KiB/s',
  );
});

const GOLDEN_80: readonly string[] = [
  'peermeter 0.1.0 12D3KooWHEaWCBhqWw…mkLuvFqQmSPbE6xVVz up 1h02m, 2 processes live',
  'peers   50 of 100, 48 in 2 out           pool    25.0 % of 200                  ',
  'cpu     5.40 %, loop p99 920 us          memory  94.8 MiB, heap 20.0 MiB        ',
  'rtt     p50 410us 95 900us 99 12.0ms     a peer  1.90 MiB                       ',
  'pings   49.9/s                           files   75 of 20000                    ',
  'failed  1.50/s                           refused 0/s                            ',
  'age     p50 1h00m 95 1h01m 99 1h02m      conns   0/s opened, 0/s closed         ',
  'ended   -                                bytes   6.05 KiB/s in, 6.05 KiB/s out  ',
  'peers                                ▁▁▂▂▂▂▃▃▃▃▄▄▄▄▅▅▅▅▅▆▆▆▆▇▇▇▇██ max 50       ',
  'rtt p99                              █████████████████████████████ max 12.0 ms  ',
  'cpu                                  ▃▅▇█▅▇█▄▆█▄▆█▃▅▇█▅▇█▅▇█▄▆█▃▅▇ max 10.0 %   ',
  'PEER                    RTTv  FAILED      AGE    JITTER FROM, * TARGET          ',
  '12D3KooWA…nopqrs50   5.00 ms       0   12m03s      0 ms in 192.168.1.50:40050   ',
  '12D3KooWA…nopqrs49   4.90 ms       2   13m03s     10 us out 192.168.1.49:40049  ',
  '12D3KooWA…nopqrs48   4.80 ms       0   14m03s     20 us in 192.168.1.48:40048   ',
  '12D3KooWA…nopqrs47   4.70 ms       0   15m03s     30 us out 192.168.1.47:40047  ',
  '12D3KooWA…nopqrs46   4.60 ms       0   16m03s     40 us in 192.168.1.46:40046   ',
  '12D3KooWA…nopqrs45   4.50 ms       0   17m03s     50 us out 192.168.1.45:40045  ',
  '12D3KooWA…nopqrs44   4.40 ms       0   18m03s     60 us in 192.168.1.44:40044   ',
  '12D3KooWA…nopqrs43   4.30 ms       0   19m03s     70 us out 192.168.1.43:40043  ',
  '12D3KooWA…nopqrs42   4.20 ms       2   20m03s     80 us in 192.168.1.42:40042   ',
  '12D3KooWA…nopqrs41   4.10 ms       0   21m03s     90 us out 192.168.1.41:40041  ',
  '12D3KooWA…nopqrs40   4.00 ms       0   22m03s    100 us in 192.168.1.40:40040   ',
  'q quit  ? help  / filter  sort: r j f a p  space pause                1-11 of 50',
];
const GOLDEN_40: readonly string[] = [
  'peermeter 0.1.0 up 1h02m, 2 process live',
  'peers   50 of 100, 48 in 2 out          ',
  'pool    25.0 % of 200                   ',
  'cpu     5.40 %, loop p99 920 us         ',
  'memory  94.8 MiB, heap 20.0 MiB         ',
  'rtt     p50 410us 95 900us 99 12.0ms    ',
  'a peer  1.90 MiB                        ',
  'pings   49.9/s                          ',
  'files   75 of 20000                     ',
  'failed  1.50/s                          ',
  'refused 0/s                             ',
  'age     p50 1h00m 95 1h01m 99 1h02m     ',
  'conns   0/s opened, 0/s closed          ',
  'ended   -                               ',
  'bytes   6.05 KiB/s in, 6.05 KiB/s out   ',
  'peers            .::-=++*# max 50       ',
  'rtt p99          ######### max 12.0 ms  ',
  'cpu              *######## max 10.0 %   ',
  'PEERv               RTT  FAILED      AGE',
  '12D3Ko..qrs10   1.00 ms       0   52m03s',
  '12D3Ko..qrs11   1.10 ms       0   51m03s',
  '12D3Ko..qrs12   1.20 ms       0   50m03s',
  '12D3Ko..qrs13   1.30 ms       0   49m03s',
  'q quit  ? help  / filter  sort 1-4 of 50',
];
