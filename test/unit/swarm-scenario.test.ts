import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OperatorError } from '../../src/errors.ts';
import { durationOf, mostPeers, stretched, withRamp } from '../../src/swarm/scenario.ts';
import { loadScenario, parseScenario, SCENARIOS } from '../../src/swarm/scenario-file.ts';

const parse = (yaml: string, overrides = {}) => parseScenario(yaml, 'load.yml', overrides);

/** The one line an operator gets. */
function complaint(yaml: string): string {
  try {
    parse(yaml);
  } catch (error) {
    assert(error instanceof OperatorError, String(error));
    assert.equal(error.kind, 'config');
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
  throw new Error('it was accepted');
}

describe('a scenario file', () => {
  test('is read with shares of its peers, and what a phase does not say comes from the head or the phase before', () => {
    const { scenario, thresholds } = parse(`
name: rush hour
peers: 200
ping-interval: 500ms
phases:
  - { name: early, duration: 10s, ramp: 5s, peers: 25% }
  - { duration: 1m, churn: 5%, flap: { share: 10%, down: 1s, every: 4s } }
  - { name: late, duration: 20s, peers: 300, ping-interval: 2s, churn: 0.5, freeze: { share: 5%, for: 2s, every: 3s } }
thresholds: [rtt.p99<50ms, connected>=99.9%]
`);
    assert.equal(scenario.name, 'rush hour');
    assert.deepEqual(scenario.phases, [
      { name: 'early', durationMs: 10_000, peers: 50, rampMs: 5000, pingIntervalMs: 500, churnPerSecond: 0 },
      {
        name: 'phases[1]',
        durationMs: 60_000,
        peers: 50,
        rampMs: 0,
        pingIntervalMs: 500,
        churnPerSecond: 2.5,
        flap: { share: 0.1, downMs: 1000, everyMs: 4000 },
      },
      {
        name: 'late',
        durationMs: 20_000,
        peers: 300,
        rampMs: 0,
        pingIntervalMs: 2000,
        churnPerSecond: 0.5,
        freeze: { share: 0.05, forMs: 2000, everyMs: 3000 },
      },
    ]);
    assert.deepEqual(
      thresholds.map(({ figure, operator, limit, percent }) => [figure, operator, limit, percent]),
      [
        ['rtt.p99', '<', 50, false],
        ['connected', '>=', 99.9, true],
      ],
    );
    assert.equal(mostPeers(scenario), 300);
  });

  test('gives way to the command line', () => {
    const yaml =
      'peers: 10\nping-interval: 1s\nphases:\n  - { duration: 10s, ramp: 1s, peers: 50% }\n  - { duration: 30s, ramp: 2s }';
    const { scenario } = parse(yaml, { peers: 1000, pingIntervalMs: 100 });
    assert.deepEqual(
      scenario.phases.map(({ peers, pingIntervalMs, rampMs }) => [peers, pingIntervalMs, rampMs]),
      [
        [500, 100, 1000],
        [500, 100, 2000],
      ],
    );
    assert.equal(withRamp(scenario, 5000).phases[0]?.rampMs, 5000);
    const short = stretched(scenario, 4000);
    assert.equal(durationOf(short), 4000);
    assert.deepEqual(
      short.phases.map(({ durationMs, rampMs }) => [durationMs, rampMs]),
      [
        [1000, 100],
        [3000, 200],
      ],
    );
  });

  const phases = 'phases:\n  - duration: 10s\n';
  for (const [what, yaml, expected] of [
    ['an unknown key', `peers: 5\npears: 6\n${phases}`, 'load.yml:2:1: "pears" is no key: did you mean peers?'],
    ['a key like nothing', `colour: red\n${phases}`, /^load\.yml:1:\d+: "colour" is no key: known are name, peers,/],
    ['__proto__', `__proto__: { peers: 1 }\n${phases}`, /^load\.yml:1:\d+: "__proto__" is refused as a key/],
    [
      'constructor in a phase',
      `${phases}    constructor: 1\n`,
      /^load\.yml:3:\d+: "constructor" in phases\[0\] is refused as a key/,
    ],
    [
      'an unknown key in a phase',
      `${phases}    chrun: 1\n`,
      'load.yml:3:5: "chrun" in phases[0] is no key: did you mean churn?',
    ],
    [
      'a wrong number',
      `peers: many\n${phases}`,
      'load.yml:1:8: peers is "many", but must be a whole number from 1 to 20000',
    ],
    ['too many peers', `peers: 20001\n${phases}`, /^load\.yml:1:\d+: peers is "20001"/],
    [
      'too many in a phase',
      `peers: 15000\n${phases}    peers: 200%\n`,
      /^load\.yml:4:\d+: phases\[0\]\.peers comes to 30000/,
    ],
    [
      'a wrong duration',
      'phases:\n  - duration: soon\n',
      /^load\.yml:2:\d+: phases\[0\]\.duration is "soon", but must be a duration/,
    ],
    ['no duration', 'phases:\n  - name: x\n', 'load.yml:2:5: phases[0] must have a duration'],
    [
      'a ramp that is too long',
      `${phases}    ramp: 11s\n`,
      'load.yml:3:11: phases[0].ramp is longer than the duration of its phase',
    ],
    [
      'a share that is none',
      `${phases}    freeze: { share: 10, for: 1s, every: 2s }\n`,
      /phases\[0\]\.freeze\.share is "10", but must be a share/,
    ],
    [
      'a freeze without end',
      `${phases}    freeze: { share: 10%, for: 3s, every: 2s }\n`,
      /freeze\.every must be at least as long as for/,
    ],
    ['half a flap', `${phases}    flap: { share: 10% }\n`, 'load.yml:3:11: phases[0].flap must say how long: down'],
    [
      'a wrong threshold',
      `${phases}thresholds:\n  - rtt.p98<1ms\n`,
      /^load\.yml:4:\d+: thresholds\[0\] is "rtt\.p98<1ms", but must be a threshold on one of rtt\.min/,
    ],
    ['no phases', 'peers: 5\n', 'load.yml:1: the file must have 1 to 100 phases'],
    ['phases that are no list', 'phases: 5\n', 'load.yml:1:9: phases must be a list'],
    ['a list instead of a file', '- 1\n', /^load\.yml:1:\d+: must be a mapping of name,/],
    ['the same key twice', `peers: 5\npeers: 6\n${phases}`, 'load.yml:2:1: "peers" is there twice'],
    [
      'an alias',
      'peers: &n 5\nphases:\n  - duration: 10s\n    peers: *n\n',
      /^load\.yml:4:\d+: phases\[0\]\.peers is an alias/,
    ],
    ['broken YAML', 'phases: [\n', /^load\.yml:\d:\d+: /],
    ['two documents', `${phases}---\n${phases}`, 'load.yml holds several documents (---), but must be one'],
    ['nothing', '', 'load.yml is empty'],
    ['only a comment', '# later\n', /^load\.yml/],
    ['null', 'phases: ~\n', 'load.yml:1:9: phases must be a list'],
    ['a megabyte', `# ${'x'.repeat(1_000_000)}\n`, 'load.yml is larger than 256 KiB'],
  ] as const) {
    test(`with ${what} is refused in one line`, () => {
      const said = complaint(yaml);
      if (typeof expected === 'string') assert.equal(said, expected);
      else assert.match(said, expected);
    });
  }

  test('cannot change what all objects are', () => {
    complaint(`${phases}__proto__: { polluted: true }\n`);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});

describe('the scenarios that come with the program', () => {
  for (const name of SCENARIOS) {
    test(`${name} can be read, and holds as many peers as asked for`, () => {
      const { scenario } = loadScenario(name, { peers: 1000 });
      assert.equal(scenario.name, name);
      assert.equal(mostPeers(scenario), 1000);
      assert.equal(mostPeers(loadScenario(name, { peers: 1 }).scenario), 1);
    });
  }

  test('a name that is none, and no file, is a usage error that lists them', () => {
    assert.throws(
      () => loadScenario('chrun', {}),
      (error: OperatorError) => error.kind === 'usage' && /ramp, steady, churn.*no such file/.test(error.message),
    );
  });
});
