import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';

/** Of the owner, and to be read by the group: programs that collect such files run as somebody else. */
const MODE = 0o640;

export interface RotatingFileInit {
  readonly path: string;
  /** A file is not grown beyond this, unless by a single piece that is larger. */
  readonly maxBytes: number;
  /** Most files kept, the present one among them. */
  readonly maxFiles: number;
}

/**
 * A file that is appended to, and put aside as `PATH.1` when it is full; what was `PATH.1` is `PATH.2` then, and the
 * oldest is removed. One piece is appended after the other: the caller waits for each.
 */
export class RotatingFile {
  readonly #init: RotatingFileInit;
  #handle: FileHandle | undefined;
  #size = 0;
  /** Tells the file from another one under its name. */
  #inode = 0;

  constructor(init: RotatingFileInit) {
    this.#init = init;
  }

  /** Throws the system's error, or one for what is no file. */
  async open(): Promise<void> {
    const flags = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | constants.O_NONBLOCK;
    const handle = await open(this.#init.path, flags, MODE);
    const stats = await handle.stat();
    if (!stats.isFile()) {
      await handle.close();
      throw new Error('it is not a file');
    }
    this.#handle = handle;
    this.#size = stats.size;
    this.#inode = stats.ino;
  }

  /** Appends all of a piece, or none of it. */
  async append(piece: Uint8Array): Promise<void> {
    if (!(await this.#isInPlace())) await this.#reopen();
    if (this.#size > 0 && this.#size + piece.byteLength > this.#init.maxBytes) await this.#rotate();
    const handle = this.#handle as FileHandle;
    try {
      await handle.appendFile(piece);
      this.#size += piece.byteLength;
    } catch (error) {
      // Half a line would spoil the next one too.
      await handle.truncate(this.#size).catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  /** Not when somebody has moved or removed it. */
  async #isInPlace(): Promise<boolean> {
    if (this.#handle === undefined) return false;
    const { ino, size } = await stat(this.#init.path).catch(() => ({ ino: undefined, size: 0 }));
    if (ino !== this.#inode) return false;
    this.#size = size;
    return true;
  }

  async #reopen(): Promise<void> {
    await this.close();
    await this.open();
  }

  async #rotate(): Promise<void> {
    const { path, maxFiles } = this.#init;
    await this.close();
    await rm(maxFiles === 1 ? path : `${path}.${maxFiles - 1}`, { force: true });
    for (let number = maxFiles - 2; number >= 0; number--) {
      const from = number === 0 ? path : `${path}.${number}`;
      await rename(from, `${path}.${number + 1}`).catch(ignoreMissing);
    }
    await this.open();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
