import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { ensurePrometheus } from './build.ts';

/** What promtool answered. */
export interface PromtoolResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs promtool, building it first when need be: `promtool(['check', 'metrics'], { input: scrapedText })`.
 * A status other than 0 is an answer, not an error.
 */
export async function promtool(
  args: readonly string[],
  { input = '' }: { readonly input?: string } = {},
): Promise<PromtoolResult> {
  const { promtool: program } = await ensurePrometheus();
  const child = spawn(program, args, { stdio: 'pipe' });
  // It may end, having seen enough, before it has read everything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, stdout, stderr };
}
