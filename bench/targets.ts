import type { ScenarioName } from './scenarios.ts';
import type { Spread } from './spread.ts';
import type { Baseline, SummaryRow } from './summary.ts';

/** A figure of peermeter, or its ratio to another server's, and what it has to be. */
export interface Target {
  readonly what: string;
  readonly scenario: ScenarioName;
  readonly figure: string;
  /** Divide by that server's figure of the same round. @default the figure itself */
  readonly over?: Baseline;
  readonly atMost?: number;
  readonly atLeast?: number;
}

const go = { over: 'go-libp2p' } as const;
const off = { over: 'peermeter-off' } as const;
const stock = { over: 'js-libp2p' } as const;
/** A peer's ping interval ÷ 50: the default interval of one second, and the five of ten thousand peers. */
const LONGEST_BLOCK_MS = { upTo1000: 1000 / 50, above: 5000 / 50 };

const p50 = 'RTT p50';
const cpuAPing = 'server CPU a ping';
const perPeer = 'RSS a peer';

/** What this program wants to be, telemetry on with its defaults. */
export const TARGETS: readonly Target[] = [
  { what: 'RTT p50, held stream', scenario: 'rtt-held', figure: p50, over: 'raw-echo', atMost: 1.15 },
  { what: 'RTT p50, held stream', scenario: 'rtt-held', figure: p50, ...go, atMost: 1.1 },
  { what: 'RTT p50, a stream a ping', scenario: 'rtt-new', figure: p50, ...go, atMost: 1.3 },
  { what: 'CPU a ping, saturated, held stream', scenario: 'saturate-held', figure: cpuAPing, ...go, atMost: 1.8 },
  { what: 'CPU a ping, saturated, a stream a ping', scenario: 'saturate-new', figure: cpuAPing, ...go, atMost: 1.4 },
  { what: 'pings/s, held stream, telemetry on', scenario: 'saturate-held', figure: 'pings/s', ...off, atLeast: 0.98 },
  {
    what: 'pings/s, a stream a ping, telemetry on',
    scenario: 'saturate-new',
    figure: 'pings/s',
    ...off,
    atLeast: 0.98,
  },
  { what: 'RTT p50, held stream, telemetry on', scenario: 'rtt-held', figure: p50, ...off, atMost: 1.02 },
  { what: 'CPU at 1 ping/s, 50 peers', scenario: 'steady-50', figure: 'server CPU', ...go, atMost: 2.5 },
  { what: 'CPU at 1 ping/s, 50 peers', scenario: 'steady-50', figure: 'server CPU', ...stock, atMost: 0.65 },
  { what: 'CPU at 1 ping/s, 500 peers', scenario: 'steady-500', figure: 'server CPU', ...go, atMost: 2.5 },
  { what: 'CPU at 1 ping/s, 5,000 peers', scenario: 'steady-5000', figure: 'server CPU', ...go, atMost: 1.8 },
  { what: 'RSS a peer at 500, kB', scenario: 'memory-500', figure: perPeer, atMost: 100 },
  { what: 'RSS a peer at 5,000, kB', scenario: 'memory-5000', figure: perPeer, atMost: 35 },
  { what: 'RSS a peer at 10,000, kB', scenario: 'memory-10000', figure: perPeer, atMost: 30 },
  { what: 'RSS a peer at 10,000', scenario: 'memory-10000', figure: perPeer, ...go, atMost: 1 },
  { what: '10,000 held, answered, %', scenario: 'hold-10000', figure: 'answered', atLeast: 99.99 },
  { what: '10,000 held, disconnects', scenario: 'hold-10000', figure: 'disconnects', atMost: 0 },
  { what: '10,000 held, RTT p99', scenario: 'hold-10000', figure: 'RTT p99', ...go, atMost: 3 },
  { what: 'connections/s, 500 at once', scenario: 'connect-500', figure: 'connections/s', ...go, atLeast: 0.4 },
  { what: 'connections/s, 500 at once', scenario: 'connect-500', figure: 'connections/s', ...stock, atLeast: 1.9 },
  {
    what: 'connections/s with 9,500 open ÷ with none',
    scenario: 'connect-9500',
    figure: 'with 9,500 open ÷ with none',
    atLeast: 0.9,
  },
  { what: 'until 50 are in', scenario: 'connect-50', figure: 'all in after', ...stock, atMost: 0.6 },
  { what: 'until 1,000 are in', scenario: 'connect-1000', figure: 'all in after', ...stock, atMost: 0.6 },
  { what: 'until 1,000 are in', scenario: 'connect-1000', figure: 'all in after', ...go, atMost: 3 },
  { what: 'two processes ÷ one, held stream', scenario: 'processes-held', figure: 'two ÷ one', atLeast: 1.6 },
  { what: 'two processes ÷ one, a stream a ping', scenario: 'processes-new', figure: 'two ÷ one', atLeast: 1.6 },
  ...(['scrape-100', 'scrape-1000', 'scrape-1000-all', 'scrape-10000', 'scrape-10000-all'] as const).map(longestBlock),
  ...(['push-100', 'push-1000', 'push-1000-all', 'push-10000', 'push-10000-all'] as const).map(longestBlock),
  { what: 'start-up: --help ÷ bare Node', scenario: 'startup', figure: '--help ÷ node', atMost: 2.5 },
  { what: 'start-up: --version ÷ bare Node', scenario: 'startup', figure: '--version ÷ node', atMost: 2.5 },
  { what: 'start-up: listening ÷ bare Node', scenario: 'startup', figure: 'listening ÷ node', atMost: 12 },
];

function longestBlock(scenario: ScenarioName): Target {
  const figure = 'longest loop delay, with';
  const atMost = scenario.includes('10000') ? LONGEST_BLOCK_MS.above : LONGEST_BLOCK_MS.upTo1000;
  return { what: `longest loop delay, ${scenario}, ms`, scenario, figure, atMost };
}

/** A target beside what was measured. */
export interface Verdict {
  readonly target: Target;
  /** Nothing when it has not been measured. */
  readonly measured: Spread | undefined;
  /** The median is what has to be within the bound. */
  readonly met: boolean | undefined;
}

/** Every target, with what these rows say about it. */
export function judge(targets: readonly Target[], rows: readonly SummaryRow[]): Verdict[] {
  return targets.map((target) => {
    const { scenario, figure, over, atMost, atLeast } = target;
    const row = rows.find((r) => r.server === 'peermeter' && r.scenario === scenario && r.figure === figure);
    const measured = over === undefined ? row : row?.ratios[over];
    if (measured === undefined || !Number.isFinite(measured.median))
      return { target, measured: undefined, met: undefined };
    const { median } = measured;
    const met = median <= (atMost ?? Number.POSITIVE_INFINITY) && median >= (atLeast ?? Number.NEGATIVE_INFINITY);
    return { target, measured, met };
  });
}

/** "≤ 1.15 × raw-echo" */
export function boundOf({ over, atMost, atLeast }: Target): string {
  const bound = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
  return over === undefined ? bound : `${bound} × ${over}`;
}
