import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { readBounded } from './bounded-file.ts';
import { Complaint } from './complaint.ts';
import { Secret } from './secret.ts';

/** Tokens are hundreds of bytes, keys a few thousand. */
const MAX_SECRET_BYTES = 65_536;

/** The text of a file that holds nothing but a secret, without the line end behind it. Throws a Complaint. */
export function readSecretFile(file: string): Secret {
  const { bytes, stats } = readBounded(file, MAX_SECRET_BYTES);
  refuseReadableByOthers(file, stats);
  return secretOf(file, bytes);
}

/**
 * The secret that systemd has put under this name (`LoadCredential=`, `SetCredentialEncrypted=`). Throws a Complaint.
 */
export function readCredential(name: string, directory: string | undefined): Secret {
  if (!/^[A-Za-z0-9_.-]+$/.test(name) || /^\.+$/.test(name)) {
    throw new Complaint('must be the name of a systemd credential');
  }
  if (directory === undefined || directory === '') {
    throw new Complaint(
      `is the systemd credential ${name}, but $CREDENTIALS_DIRECTORY is not set: LoadCredential= sets it`,
    );
  }
  const file = join(directory, name);
  const { bytes, stats } = readBounded(file, MAX_SECRET_BYTES);
  // systemd lets the user of the service in by an access list, where the file system has such: then the file is root's,
  // and the bits of its group are the mask of that list.
  const byAccessList = stats.uid === 0 && process.getuid?.() !== 0;
  refuseReadableByOthers(file, stats, byAccessList ? 0o007 : 0o077);
  return secretOf(file, bytes);
}

/** Throws a Complaint for a file whose bits let the group or everybody read it. */
export function refuseReadableByOthers(file: string, { mode }: Pick<Stats, 'mode'>, bits = 0o077): void {
  if (process.platform === 'win32' || (mode & bits) === 0) return;
  throw new Complaint(`${file} can be read by others: run chmod 600 ${file}`);
}

/** A secret that stands in the configuration file itself makes the whole file one. Throws a Complaint. */
export function refuseInOpenFile(file: string, mode: number | undefined): void {
  if (process.platform === 'win32' || mode === undefined || (mode & 0o077) === 0) return;
  const advice = `run chmod 600 ${file}, or name a file that holds it with { file: PATH }`;
  throw new Complaint(`stands in a file that others can read: ${advice}`);
}

function secretOf(file: string, bytes: Buffer): Secret {
  const text = bytes.toString('utf8').replace(/\r?\n$/, '');
  if (text === '') throw new Complaint(`${file} is empty`);
  return new Secret(text);
}
