import { fileURLToPath } from 'node:url';
import type { Programs } from './programs/all.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
export const PEERMETER = here('../dist/main.js');

/** How one server is run. */
export interface Recipe {
  readonly command: (programs: Programs) => string[];
  readonly env?: Readonly<Record<string, string>>;
}

const JAVASCRIPT = [process.execPath, '--expose-gc', '--import', here('servers/collect-on-signal.ts')];

/** Defaults but for the limits, and for our own pings: 100 s apart, so that it is the client that pings. */
const runPeermeter = (): string[] => {
  const limits = ['--max-peers', '100000', '--max-connections', '100000'];
  return [...JAVASCRIPT, PEERMETER, 'run', '-p', '0', '-m', '0', ...limits, '--ping-interval', '100s'];
};

/** Every server that can be measured, ours first. */
export const RECIPES = {
  peermeter: { command: runPeermeter, env: { OTEL_METRICS_EXPORTER: 'prometheus' } },
  'peermeter-off': { command: runPeermeter, env: { OTEL_METRICS_EXPORTER: 'none' } },
  'js-libp2p': { command: () => [...JAVASCRIPT, here('servers/stock-js-libp2p.ts')] },
  'go-libp2p': { command: ({ go }) => [go.server] },
  'rust-libp2p': { command: ({ rust }) => [rust?.server ?? ''] },
  'py-libp2p': { command: ({ python }) => [python?.python ?? '', python?.server ?? ''] },
  'raw-echo': { command: ({ go }) => [go.server, '-raw'] },
} as const satisfies Record<string, Recipe>;

export type ServerName = keyof typeof RECIPES;
export const SERVER_NAMES = Object.keys(RECIPES) as ServerName[];
