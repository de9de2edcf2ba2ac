import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { messageOf } from '../errors.ts';
import { Complaint } from './complaint.ts';

/**
 * Reads a whole file of at most so many bytes. Nothing but a file is read, so that no pipe or device is waited for.
 *
 * Throws a Complaint that names the file; one with the system's code as its cause when it is not there.
 */
export function readBounded(file: string, maxBytes: number): { readonly bytes: Buffer; readonly stats: Stats } {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Complaint(`${file} is not a file`);
    // What is read counts, not what the file says of its size: those under /proc say 0.
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= maxBytes; length += read) {
      read = readSync(descriptor, buffer, length, buffer.length - length, null);
    }
    if (length > maxBytes) throw new Complaint(`${file} is larger than ${maxBytes / 1024} KiB`);
    return { bytes: buffer.subarray(0, length), stats };
  } catch (error) {
    if (error instanceof Complaint) throw error;
    throw new Complaint(`${file} cannot be read: ${reasonOf(error)}`, { cause: error });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this user may not',
};

function reasonOf(error: unknown): string {
  return REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? messageOf(error);
}
