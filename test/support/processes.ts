import { readdirSync, readFileSync } from 'node:fs';

/** The processes that have this parent, from /proc. */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

/** Whether a process is there and has not ended; one that nobody has waited for has. */
export function isRunning(pid: number): boolean {
  const state = stateOf(pid);
  return state !== undefined && state !== 'Z';
}

/** The letter the kernel has for what a process does now; undefined when there is none. */
export function stateOf(pid: number): string | undefined {
  return stat(String(pid))?.[0];
}

function parentOf(pid: string): number {
  return Number(stat(pid)?.[1]);
}

/** The fields after the name, which may itself hold spaces and brackets. */
function stat(pid: string): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
  } catch {
    return undefined;
  }
}
