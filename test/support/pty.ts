import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { isRunning } from './processes.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'main.js');

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface PtySize {
  readonly columns: number;
  readonly rows: number;
}

/** A program in a real pseudo-terminal, and what that terminal shows. */
export interface Pty {
  /** Everything it has written, raw. */
  output(): string;
  /** The screen as somebody before it sees it. */
  screen(): string[];
  type(keys: string): void;
  resize(size: PtySize): Promise<void>;
  /** Of the program itself. */
  readonly pid: number;
  readonly status: Promise<number | null>;
  /** Ends the program and the terminal, however they are. */
  kill(): void;
  /** Lets the terminal go on, which stops when the program in it does. */
  wake(): void;
}

/** Starts the built program in a pseudo-terminal of `script` (util-linux). */
export async function inPty(argv: readonly string[], size: PtySize, env: NodeJS.ProcessEnv = {}): Promise<Pty> {
  const program = [process.execPath, MAIN, ...argv].map((word) => `'${word}'`).join(' ');
  const setUp = `stty cols ${size.columns} rows ${size.rows}; echo "at $(tty) $$"`;
  const child = spawn('script', ['-qefc', `${setUp}; exec ${program}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      SHELL: '/bin/sh',
      ...env,
    },
  });
  running.add(child);
  const status = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  child.stdin.on('error', () => {});
  let text = '';
  let shape = size;
  const { promise: began, resolve } = Promise.withResolvers<RegExpExecArray>();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const begun = /at (\/dev\/\S+) (\d+)\r\n/.exec(text);
    if (begun !== null) resolve(begun);
  });
  const [head, tty = '', pid = ''] = await began;
  const output = (): string => text.slice(text.indexOf(head) + head.length);
  return {
    output,
    screen: () => rendered(output(), shape),
    type: (keys) => void child.stdin.write(keys),
    async resize(to) {
      shape = to;
      await once(spawn('stty', ['-F', tty, 'cols', String(to.columns), 'rows', String(to.rows)]), 'close');
    },
    pid: Number(pid),
    status,
    kill() {
      if (isRunning(Number(pid))) process.kill(Number(pid), 'SIGKILL');
      child.kill('SIGKILL');
    },
    wake: () => void child.kill('SIGCONT'),
  };
}

const SEQUENCE = /\x1b\[([?\d;]*)([A-Za-z])|([\s\S])/gu;

/** What a terminal of this size shows after it was sent this; throws at what it should not have been sent. */
export function rendered(text: string, { columns, rows }: PtySize): string[] {
  let screen = blank(columns, rows);
  let before = screen;
  let [x, y] = [0, 0];
  for (const [, parameters = '', command, character] of text.matchAll(SEQUENCE)) {
    const line = screen[y] ?? [];
    if (character === '\n') y = Math.min(rows - 1, y + 1);
    else if (character === '\r') x = 0;
    else if (character !== undefined) {
      if (character < ' ' || character === '\x7f') throw new Error(`a control character: ${JSON.stringify(character)}`);
      if (x < columns) line[x] = character;
      x++;
    } else if (command === 'H') {
      const [row, column] = parameters.split(';').map(Number);
      [y, x] = [(row || 1) - 1, (column || 1) - 1];
    } else if (command === 'K') {
      // Behind the last column there is none: the cursor still stands on it.
      line.fill(' ', Math.min(x, columns - 1));
    } else if (command === 'J')
      screen = screen.map((each, at) => (parameters === '2' || at >= y ? each.fill(' ') : each));
    else if (parameters === '?1049' && command === 'h') [before, screen] = [screen, blank(columns, rows)];
    else if (parameters === '?1049' && command === 'l') screen = before;
    else if (!'mhl'.includes(command ?? '')) throw new Error(`not expected: ${JSON.stringify(parameters + command)}`);
  }
  return screen.map((line) => line.slice(0, columns).join('').trimEnd());
}

function blank(columns: number, rows: number): string[][] {
  return Array.from({ length: rows }, () => new Array<string>(columns).fill(' '));
}
