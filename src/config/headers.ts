import { isAbsolute, join } from 'node:path';
import { Complaint } from './complaint.ts';
import { type Context, type Format, keyValueList } from './format.ts';
import { REDACTED, Secret } from './secret.ts';
import { readCredential, readSecretFile, refuseInOpenFile } from './secret-file.ts';
import type { YamlValue } from './yaml.ts';

export type Headers = Readonly<Record<string, Secret>>;

// RFC 9110: a name is a token, a value has no control characters but tabs.
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/;
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
/** Headers that carry what lets somebody in. */
const CREDENTIAL = /auth|cookie|key|token|secret|password|credential/i;
const NO_NAME = 'a key that is no name of a header';
/** What HTTP itself or the exporter decides. */
const NOT_OURS = ['content-type', 'content-encoding', 'content-length', 'host', 'transfer-encoding', 'connection'];

/**
 * HTTP headers. In the file each has a text, or says where it is kept: `{ file: PATH }`, `{ credential: NAME }` for what
 * systemd hands over. All of them are secret: nobody can tell a token from a name.
 */
export const headers: Format<Headers> = {
  secret: true,
  fromText: (written) =>
    Object.fromEntries(
      Object.entries(keyValueList(written)).map(([name, value]) => [headerName(name), headerValue(new Secret(value))]),
    ),
  fromYaml(value, context) {
    if (!value.isMapping) return value.fail('must be a mapping of header names to their values');
    return Object.fromEntries(value.entries().map(({ name, value: each }) => readHeader(name, each, context, value)));
  },
  show(values) {
    const names = Object.keys(values);
    return names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, REDACTED]));
  },
  schema: {
    type: 'object',
    additionalProperties: {
      anyOf: [
        { type: ['string', 'number'] },
        {
          type: 'object',
          properties: {
            file: { type: 'string', description: 'a file that holds the value, readable by its owner only' },
            credential: { type: 'string', description: 'the name of a systemd credential' },
          },
          additionalProperties: false,
          minProperties: 1,
          maxProperties: 1,
        },
      ],
    },
  },
};

function readHeader(name: string, value: YamlValue, context: Context, all: YamlValue): [string, Secret] {
  const sayWhere = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      if (error instanceof Complaint) return value.fail(error.message);
      throw error;
    }
  };
  // A secret in the wrong place would be repeated with its key.
  if (!NAME.test(name)) return all.fail(`has ${NO_NAME}`);
  return [sayWhere(() => headerName(name)), sayWhere(() => headerValue(readValue(name, value, context)))];
}

function readValue(name: string, value: YamlValue, context: Context): Secret {
  if (!value.isMapping) {
    const text = value.text();
    if (CREDENTIAL.test(name)) refuseInOpenFile(value.origin.file, context.fileMode);
    return new Secret(text);
  }
  const [entry, ...more] = value.entries();
  if (entry?.name === 'file' && more.length === 0) {
    const path = entry.value.text();
    return readSecretFile(isAbsolute(path) ? path : join(context.directory ?? '', path));
  }
  if (entry?.name === 'credential' && more.length === 0) {
    return readCredential(entry.value.text(), context.env.CREDENTIALS_DIRECTORY);
  }
  throw new Complaint('must be a text, { file: PATH } or { credential: NAME }');
}

function headerName(name: string): string {
  if (!NAME.test(name)) throw new Complaint(`has ${NO_NAME}`);
  const lower = name.toLowerCase();
  if (NOT_OURS.includes(lower)) throw new Complaint(`cannot set ${lower}: it follows from what is sent`);
  return lower;
}

function headerValue(value: Secret): Secret {
  if (VALUE.test(value.reveal())) return value;
  throw new Complaint('holds characters that no header may have (a line end, perhaps)');
}
