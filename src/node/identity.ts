import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import type { PrivateKey } from '@libp2p/interface';
import { messageOf, OperatorError } from '../errors.ts';

/** The largest key libp2p knows, RSA 8192, is under 5 kB. */
const MAX_KEY_BYTES = 16_384;

/**
 * Where the key of a node on `port` is kept unless told otherwise: one file a port, so that several nodes on one host
 * are several peers. `undefined` for port 0, which has no identity to come back to.
 */
export function defaultKeyFile(port: number, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (port === 0) return undefined;
  // systemd gives a unit its own directory; elsewhere the XDG base directory specification says where state goes.
  const directory = env.STATE_DIRECTORY ?? join(env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'peermeter');
  return join(directory, `peer-${port}.key`);
}

/** A new Ed25519 identity that lives as long as the process. */
export function ephemeralIdentity(): Promise<PrivateKey> {
  return generateKeyPair('Ed25519');
}

/**
 * The identity in `file`: a libp2p private key in its protobuf encoding, the format go-libp2p and js-libp2p share. A
 * file that does not exist is made, with mode 0600; one that does is never written to.
 *
 * Throws an OperatorError (`config`) when the file cannot be read, holds no key, or can be read by others.
 */
export async function loadIdentity(file: string): Promise<PrivateKey> {
  const existing = await readKeyFile(file);
  if (existing !== undefined) return decode(existing, file);
  const created = await ephemeralIdentity();
  // Another process may have made the file meanwhile: then its key is the key.
  return (await createKeyFile(file, privateKeyToProtobuf(created))) ? created : loadIdentity(file);
}

async function readKeyFile(file: string): Promise<Uint8Array | undefined> {
  try {
    const stats = await stat(file);
    if (!stats.isFile()) throw new OperatorError('config', `key ${file} is not a file: name another with --key`);
    if ((stats.mode & 0o077) !== 0 && process.platform !== 'win32') {
      throw new OperatorError('config', `key ${file} can be read by others: run chmod 600 ${file}`);
    }
    if (stats.size > MAX_KEY_BYTES) throw notAKey(file);
    return await readFile(file);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new OperatorError('config', `key ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function decode(bytes: Uint8Array, file: string): PrivateKey {
  try {
    return privateKeyFromProtobuf(bytes);
  } catch (error) {
    throw notAKey(file, error);
  }
}

function notAKey(file: string, cause?: unknown): OperatorError {
  const advice = 'restore it from a backup, or move it away to get a new identity';
  return new OperatorError('config', `key ${file} is damaged or not a libp2p private key: ${advice}`, { cause });
}

/** Writes the key under its name in one step, so that nobody ever sees half of it. False when the name was taken. */
async function createKeyFile(file: string, bytes: Uint8Array): Promise<boolean> {
  const draft = `${file}.${randomUUID()}`;
  try {
    await makeDirectory(dirname(file));
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new OperatorError('config', `key ${file} cannot be written: ${messageOf(error)}`, { cause: error });
  } finally {
    await rm(draft, { force: true });
  }
}

/** With its parents. `mkdir` does that too (`recursive`), but never returns where a file system refuses with ENOENT. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(directory) === directory) throw error;
    await makeDirectory(dirname(directory));
    await mkdir(directory, { mode: 0o700 }).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again;
    });
  }
}
