import type { ServerName } from '../recipes.ts';
import { ensureGoPrograms, type GoPrograms } from './go.ts';
import { ensurePythonPrograms, type PythonPrograms } from './python.ts';
import { ensureRustPrograms, type RustPrograms } from './rust.ts';

/** What has to be built before anything is measured. Rust and Python only when a server in them takes part. */
export interface Programs {
  readonly go: GoPrograms;
  readonly rust: RustPrograms | undefined;
  readonly python: PythonPrograms | undefined;
}

/**
 * Builds what is missing. One after the other: each takes all the cores there are.
 *
 * @throws StackError `tool-missing` or `build-failed`
 */
export async function ensurePrograms(servers: readonly ServerName[], log: (line: string) => void): Promise<Programs> {
  return {
    go: await ensureGoPrograms(log),
    rust: servers.includes('rust-libp2p') ? await ensureRustPrograms(log) : undefined,
    python: servers.includes('py-libp2p') ? await ensurePythonPrograms(log) : undefined,
  };
}
