import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { findConfigFile } from '../../src/config/find-file.ts';
import { configYaml } from '../../src/config/print.ts';
import { keysOf, type Setting } from '../../src/config/setting.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { loadConfig } from '../../src/daemon/load-config.ts';
import { EXPORTER_TYPES } from '../../src/telemetry/exporters/index.ts';
import { makeCertificates } from '../support/certificates.ts';
import { load, newFolder, problems, writeConfig } from '../support/config.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('which file it is', () => {
  const inHome = (...folders: string[]): string => {
    const home = newFolder();
    const file = join(home, ...folders, 'peermeter', 'config.yaml');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'port: 1\n');
    return home;
  };

  test('the one that is named, whatever else there is', () => {
    assert.equal(findConfigFile('mine.yaml', { HOME: inHome('.config') }), 'mine.yaml');
  });

  test('that of $XDG_CONFIG_HOME, else that of ~/.config, else that of /etc', () => {
    const home = inHome('.config');
    const xdg = inHome();
    const inXdg = join(xdg, 'peermeter', 'config.yaml');
    assert.equal(findConfigFile(undefined, { HOME: home, XDG_CONFIG_HOME: xdg }), inXdg);
    assert.equal(findConfigFile(undefined, { HOME: home }), join(home, '.config', 'peermeter', 'config.yaml'));
    // The XDG specification: a relative path is to be ignored.
    assert.match(findConfigFile(undefined, { HOME: home, XDG_CONFIG_HOME: 'relative' }) ?? '', /\.config/);
    assert.notEqual(
      findConfigFile(undefined, { HOME: newFolder() }),
      join(home, '.config', 'peermeter', 'config.yaml'),
    );
  });

  test('none, by the name of /dev/null', () => {
    assert.equal(findConfigFile('/dev/null', { HOME: inHome('.config') }), undefined);
  });

  test('PEERMETER_CONFIG goes behind the flag', async () => {
    const byFlag = writeConfig('port: 2');
    const env = { PEERMETER_CONFIG: writeConfig('port: 3') };
    assert.equal((await loadConfig({ env })).config.port, 3);
    assert.equal((await loadConfig({ flags: { config: byFlag }, env })).config.port, 2);
  });
});

describe('a file that is not what it should be', () => {
  const refused = async (config: string): Promise<string> => {
    const error = await loadConfig({ flags: { config } }).catch((error) => error);
    assert.equal(error.exitStatus, 78);
    return error.message;
  };

  test('is not there', async () => {
    const file = join(newFolder(), 'gone.yaml');
    assert.equal(await refused(file), `configuration ${file} cannot be read: there is no such file`);
  });

  test('is a folder, a pipe or a device: none is waited for', async () => {
    const folder = newFolder();
    assert.match(await refused(folder), /is not a file$/);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    assert.match(await refused(pipe), /is not a file$/);
    assert.match(await refused('/dev/zero'), /is not a file$/);
  });

  test('is larger than anybody writes', async () => {
    assert.match(await refused(writeConfig(`# ${'x'.repeat(300_000)}\n`)), /is larger than 256 KiB$/);
  });

  test('is no text', async () => {
    const file = join(newFolder(), 'binary.yaml');
    writeFileSync(file, Buffer.from([0x70, 0xff, 0xfe]));
    assert.match(await refused(file), /binary\.yaml: is not text in UTF-8$/);
  });

  for (const [what, yaml] of [
    ['deeply nested', 'a: '.concat('['.repeat(100_000))],
    ['full of keys', Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join('\n')],
    [
      'a bomb of anchors',
      [
        'a: &a [x, x, x, x, x, x, x, x]',
        ...'bcdefgh'.split('').map((name, at) => `${name}: &${name} [${Array(8).fill(`*${'abcdefgh'[at]}`)}]`),
      ].join('\n'),
    ],
  ] as const) {
    test(`is ${what}: refused in time`, { timeout: 10_000 }, async () => {
      const { status, lines } = await problems({ yaml });
      assert.equal(status, 78);
      assert(lines.length <= 21);
    });
  }
});

test('one without settings is as good as none', async () => {
  for (const yaml of ['', '\n', '# later\n', '\uFEFF# with a mark\n'])
    assert.equal((await load({ yaml })).config.port, 8001);
});

describe('what is wrong is said with file, line, column, key, and what was expected', () => {
  for (const [what, yaml, expected] of [
    [
      'a number that is none',
      'port: many\n',
      ['peermeter.yaml:1:7: port is "many", but must be a whole number from 0 to 65535'],
    ],
    [
      'a key that is nearly one',
      '\nmax-pears: 1\n',
      ['peermeter.yaml:2:1: "max-pears" is no key: did you mean max-peers?'],
    ],
    ['a key like nothing', 'colour: red\n', [/^peermeter\.yaml:1:1: "colour" is no key: known are host, port, dial, /]],
    ['a key twice', 'port: 1\nport: 2\n', ['peermeter.yaml:2:1: "port" is there twice']],
    ['a key without a value', 'port:\n', ['peermeter.yaml:1:6: port must have one value']],
    ['a list for one value', 'port: [1]\n', ['peermeter.yaml:1:7: port must have one value']],
    ['an alias', 'port: &p 1\nmax-peers: *p\n', ['peermeter.yaml:2:12: max-peers is an alias: write the value itself']],
    ['a list for the whole', '- 1\n', ['peermeter.yaml:1:1: must be a mapping']],
    ['broken YAML', 'port: "1\n', [/^peermeter\.yaml:\d:\d+: Missing closing/]],
    ['two documents', 'port: 1\n---\nport: 2\n', ['peermeter.yaml holds several documents (---), but must be one']],
    [
      'JavaScript',
      '__proto__: { port: 1 }\nconstructor: 1\n',
      ['peermeter.yaml:1:1: "__proto__" is refused as a key', 'peermeter.yaml:2:1: "constructor" is refused as a key'],
    ],
    [
      'JavaScript in a mapping',
      'resource-attributes: { prototype: 1 }\n',
      ['peermeter.yaml:1:24: "prototype" in resource-attributes is refused as a key'],
    ],
    [
      'an exporter without a type',
      'exporters:\n  backup: {}\n',
      ['peermeter.yaml:2:11: exporters.backup must have a type: otlp, prometheus, console, file'],
    ],
    [
      'a type that is none',
      'exporters:\n  backup: { type: oltp }\n',
      ['peermeter.yaml:2:19: exporters.backup.type is "oltp", but must be one of otlp, prometheus, console, file'],
    ],
    [
      'an exporter that is nearly one',
      'exporters: [otpl]\n',
      ['peermeter.yaml:1:12: exporters has "otpl", which is no exporter: did you mean otlp?'],
    ],
    [
      'exporters without a name',
      'exporters: ""\n',
      [/^peermeter\.yaml:1:12: exporters is "", but must be none, or a list of names$/],
    ],
    [
      'a name no label can have',
      'exporters:\n  "A b": { type: otlp }\n',
      [/^peermeter\.yaml:2:3: exporters must be none, or a list of names: each a name of at most 32/],
    ],
    [
      'a field of another type',
      'exporters:\n  prometheus: { headers: {} }\n',
      [/^peermeter\.yaml:2:17: "headers" in exporters\.prometheus is no key: known are type, naming, path$/],
    ],
    [
      'a field nearly right',
      'exporters:\n  otlp: { intervall: 1s }\n',
      ['peermeter.yaml:2:11: "intervall" in exporters.otlp is no key: did you mean interval?'],
    ],
    [
      'an endpoint said twice',
      'exporters:\n  otlp: { endpoint: "https://a", metrics-endpoint: "https://b" }\n',
      [/^peermeter\.yaml:2:52: exporters\.otlp\.metrics-endpoint says what endpoint says: keep one of them$/],
    ],
    [
      'two of one path',
      'exporters:\n  prometheus: {}\n  more: { type: prometheus }\n',
      ['exporters.more.path is "/metrics", as is that of prometheus: each needs its own'],
    ],
    [
      'two of one file',
      'exporters:\n  a: { type: file, path: /x }\n  b: { type: file, path: /x }\n',
      ['exporters.b.path is "/x", as is that of a: each needs its own'],
    ],
    [
      'a file without a path',
      'exporters:\n  file: {}\n',
      ['exporters.file.path must name a file: path in the configuration file, or PEERMETER_FILE_PATH'],
    ],
    [
      'a path of the daemon itself',
      'exporters:\n  prometheus: { path: /healthz }\n',
      [/exporters\.prometheus\.path is "\/healthz", but must be \/metrics, or a path beneath/],
    ],
  ] as const) {
    test(what, async () => {
      const { status, lines } = await problems({ yaml });
      assert.equal(status, 78);
      assert.equal(lines.length, expected.length, lines.join('\n'));
      for (const [at, line] of expected.entries()) {
        if (typeof line === 'string') assert.equal(lines[at], line);
        else assert.match(lines[at] ?? '', line);
      }
    });
  }

  test('more than 16 exporters', async () => {
    const yaml = `exporters:\n${Array.from({ length: 17 }, (_, at) => `  e${at}: { type: otlp }\n`).join('')}`;
    assert.match((await problems({ yaml })).lines.join(), /exporters must be a list of 16 names at most/);
  });

  test('a path in the file is taken from where the file lies', async () => {
    const folder = newFolder();
    const file = writeConfig('key: keys/peer.key\nexporters:\n  file: { path: out.jsonl }\n', 0o600, folder);
    const { config } = await loadConfig({ flags: { config: file } });
    assert.equal(config.keyFile, join(folder, 'keys', 'peer.key'));
    assert.equal(config.exporters[0]?.options.path, join(folder, 'out.jsonl'));
  });
});

describe('exporters', () => {
  test('a mapping, a list, or none', async () => {
    const names = async (yaml: string) => (await load({ yaml })).config.exporters.map(({ name }) => name);
    assert.deepEqual(await names('exporters:\n  prometheus:\n  mine: { type: console }\n'), ['prometheus', 'mine']);
    assert.deepEqual(await names('exporters: [console, prometheus]'), ['console', 'prometheus']);
    assert.deepEqual(await names('exporters: none'), []);
    assert.deepEqual(await names('exporters: {}'), []);
    assert.deepEqual(await names('port: 1'), ['otlp', 'prometheus']);
  });

  test('of the file are chosen from by flag or variable; what is said of the others is not looked at', async () => {
    const yaml = 'exporters:\n  mine: { type: console }\n  broken: { type: file }\n';
    const { exporters } = (await load({ yaml, flags: { exporters: 'prometheus,mine' } })).config;
    assert.deepEqual(
      exporters.map(({ name, type }) => [name, type]),
      [
        ['prometheus', 'prometheus'],
        ['mine', 'console'],
      ],
    );
  });

  test('each have names of their own', async () => {
    const yaml = 'metrics-naming: semantic\nexporters:\n  prometheus: { naming: documented }\n  console: {}\n';
    const namings = async (flags = {}) => (await load({ yaml, flags })).config.exporters.map(({ naming }) => naming);
    assert.deepEqual(await namings(), ['documented', 'semantic']);
    assert.deepEqual(await namings({ naming: 'semantic' }), ['semantic', 'semantic']);
  });
});

test('what check prints can be read again, and comes to the same', async () => {
  const yaml = `port: 9001
dial: ["/ip4/127.0.0.1/tcp/1/p2p/12D3KooWNvSZnPi3RrhrTwEY4LuuBeB6K6facKUCJcyWG1aoDd2p"]
tuning: [pruning]
ping-interval: 1500ms
service-name: "12"
resource-attributes: { a.b: "yes", c: "x: y # z" }
exporters:
  otlp: { endpoint: "https://c:1/otlp", temporality: delta, interval: 2s }
  p2: { type: prometheus, path: /metrics/two, naming: semantic }
  f: { type: file, path: /tmp/x.jsonl, max-size: 1MiB }
`;
  const first = await load({ yaml });
  const second = await load({ yaml: configYaml(first) });
  assert.deepEqual(second.config, first.config);
  assert.deepEqual(
    second.effective.map(({ path, value }) => [path, value]),
    first.effective.map(({ path, value }) => [path, value]),
  );
});

describe('the example in the repository', () => {
  const text = readFileSync(join(ROOT, 'peermeter.yaml'), 'utf8');

  test('has every key there is, and comes to the defaults', async () => {
    const [written, defaults] = [await load({ yaml: text }), await load()];
    assert.deepEqual(written.warnings, []);
    const values = ({ effective }: typeof written) => effective.map(({ path, value }) => [path.join('.'), value]);
    assert.deepEqual(values(written), values(defaults));
    const settings = Object.values(SETTINGS) as Setting<unknown>[];
    const ofExporters = Object.values(EXPORTER_TYPES).flatMap(({ fields }) => Object.values(fields));
    for (const key of [...settings, ...ofExporters].flatMap((setting) => keysOf(setting))) {
      assert.match(text, new RegExp(`^#? *${key}:`, 'm'));
    }
  });

  test('is right where it is commented out, too', async () => {
    const folder = newFolder();
    const tls = makeCertificates(folder);
    writeFileSync(join(folder, 'api-key'), 'key', { mode: 0o400 });
    writeFileSync(join(folder, 'authorization'), 'Bearer x', { mode: 0o600 });
    const yaml = text
      .replace(/^dial: .*\n/m, '')
      .replace(/^#( *)metrics-endpoint: .*\n/m, '')
      .replaceAll(/^#(?= {2,}\S|[a-z][a-z-]*:)/gm, '')
      .replaceAll(/\/etc\/peermeter\/(ca|client)\.(pem|key)/g, (_, who, kind) => tls[`${who}.${kind}`] ?? '')
      .replaceAll('/etc/peermeter/', `${folder}/`);
    const { config } = await load({ yaml, env: { CREDENTIALS_DIRECTORY: folder } });
    assert.deepEqual(
      config.exporters.map(({ name }) => name),
      ['otlp', 'prometheus', 'backup', 'prometheus-semantic', 'archive', 'console'],
    );
    assert.equal(config.targets.length, 1);
  });
});

test('a file that this user may not read is refused, not passed over', async () => {
  const file = writeConfig('port: 1');
  chmodSync(file, 0);
  const outcome = await loadConfig({ flags: { config: file } }).then(
    ({ config }) => config.port,
    (error) => error.message,
  );
  // Root may read everything.
  if (process.getuid?.() === 0) assert.equal(outcome, 1);
  else assert.equal(outcome, `configuration ${file} cannot be read: this user may not`);
});
