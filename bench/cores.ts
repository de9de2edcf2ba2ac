import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What `taskset -c` takes: one core, or several with commas. */
export type CpuList = number | string;

/** Which core the server and which core the client is held to; absent where that cannot be done. */
export interface Cores {
  readonly server: number;
  readonly client: number;
}

/** Two cores of this process' own, and `taskset` to hold programs to them: without either, none. */
export function twoCores(): Cores | undefined {
  const [server, client] = allowedCores();
  if (server === undefined || client === undefined) return undefined;
  try {
    // The runner itself stays off the server's core.
    execFileSync('taskset', ['-acp', String(client), String(process.pid)], { stdio: 'ignore' });
    return { server, client };
  } catch {
    return undefined;
  }
}

/** The command line that runs `command` on these cores, which are not always those of the runner. */
export function onCore(core: CpuList | undefined, command: readonly string[]): [string, ...string[]] {
  const line = core === undefined ? command : ['taskset', '-c', String(core), ...command];
  return [line[0] ?? '', ...line.slice(1)];
}

function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
