import { ignoreClosedPipes } from './closed-pipes.ts';

/** Below this, what the dependencies stand on is missing, and they fail with a stack. */
const MIN_NODE = [22, 15] as const;

const LINGER_MS = 250;

/**
 * Runs the command line in this process and sets its exit status. Nothing else is loaded before the version of Node.js
 * is known to be one that can load it.
 */
export async function start(argv: readonly string[], name = 'peermeter'): Promise<void> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1])) {
    const needed = `${name} needs Node.js ${MIN_NODE.join('.')} or newer, but this is ${process.versions.node}`;
    process.stderr.write(`${needed}: install a newer one, or in a clone run it with npx, which finds its own\n`);
    process.exitCode = 1;
    return;
  }
  ignoreClosedPipes();
  const { runCommandLine } = await import('./cli/program.ts');
  process.exitCode = await runCommandLine(argv, name);
  // A push that was given up at its deadline may still hold the event loop; what is left to write has this long.
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
