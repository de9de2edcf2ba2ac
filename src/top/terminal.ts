import { emitKeypressEvents, type Key } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
/** Between these a terminal that knows them shows nothing half drawn; others ignore them. */
const BEGIN_FRAME = '\x1b[?2026h';
const END_FRAME = '\x1b[?2026l';

const BY_DEFAULT = { columns: 80, rows: 24 };

export interface TerminalInit {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly onKey: (text: string | undefined, key: Key) => void;
  readonly onResize: () => void;
}

/** The whole screen of a terminal, apart from what was on it before, and its keys. */
export class Terminal {
  readonly #init: TerminalInit;
  #frame: readonly string[] = [];
  #entered = false;

  constructor(init: TerminalInit) {
    this.#init = init;
  }

  /** How much there is to draw on now. */
  get size(): { readonly columns: number; readonly rows: number } {
    const { columns, rows } = this.#init.output;
    return { columns: columns || BY_DEFAULT.columns, rows: rows || BY_DEFAULT.rows };
  }

  /** Takes the terminal over. Whatever ends the process, it is given back. */
  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    const { input, output, onKey, onResize } = this.#init;
    emitKeypressEvents(input);
    input.setRawMode(true);
    input.on('keypress', onKey).resume();
    output.on('resize', onResize);
    output.write(ENTER);
    this.#frame = [];
    process.on('exit', this.leave);
  }

  /** Gives it back as it was. */
  readonly leave = (): void => {
    if (!this.#entered) return;
    this.#entered = false;
    const { input, output, onKey, onResize } = this.#init;
    process.off('exit', this.leave);
    output.off('resize', onResize);
    input.off('keypress', onKey).pause();
    input.setRawMode(false);
    output.write(LEAVE);
  };

  /** Shows these lines and nothing else. Lines that are there already are not written again. */
  show(lines: readonly string[]): void {
    if (!this.#entered) return;
    const before = this.#frame;
    // Erased before it is written: behind a line of full width the cursor stands on its last character still.
    const changed = lines.flatMap((line, at) => (line === before[at] ? [] : [`\x1b[${at + 1};1H\x1b[K${line}`]));
    const rest = lines.length < before.length ? `\x1b[${lines.length + 1};1H\x1b[J` : '';
    this.#frame = lines;
    if (changed.length > 0 || rest !== '') this.#init.output.write(BEGIN_FRAME + changed.join('') + rest + END_FRAME);
  }

  /** What is on the screen is not known any more: the next frame is written whole. */
  forget(): void {
    this.#frame = [];
    this.#init.output.write('\x1b[2J');
  }
}
