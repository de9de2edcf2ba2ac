import { LEVERS, type Lever } from '../../src/config/levers.ts';
import { putLoad } from '../client.ts';
import { atMost, type Figure, once, peersOf, remarksOf, type Sample, type Scenario, type Turn } from './kinds.ts';
import { closedLoopTimes } from './pings.ts';

const RATIO: Figure = { unit: '×', digits: 2 };
const PEERS = 500;

/** What each variant is measured by; more is worse in all of them. */
const MEASURES = ['CPU a ping, held', 'CPU a ping, new', 'CPU a connection', 'RSS a peer'] as const;
type Measure = (typeof MEASURES)[number];

/** All levers but one, for each of them; and none at all. */
const VARIANTS: Readonly<Record<string, readonly Lever[]>> = {
  ...Object.fromEntries(LEVERS.map((lever) => [`without ${lever}`, LEVERS.filter((other) => other !== lever)])),
  'without any': [],
};

const nameOf = (variant: string, measure: Measure): string => `${variant}: ${measure}`;

/** What each lever is worth: the cost without it ÷ the cost with all of them, in one turn. */
export const LEVERS_SCENARIO = {
  title: `levers one by one: the cost without one ÷ the cost with all; ${PEERS} peers come in and are held, 50 ping`,
  figures: Object.fromEntries(
    Object.keys(VARIANTS).flatMap((variant) => MEASURES.map((measure) => [nameOf(variant, measure), RATIO])),
  ),
  servers: ['peermeter'],
  peers: PEERS,
  measure: compare,
} as const satisfies Scenario;

async function compare(turn: Turn): Promise<Sample> {
  const all = await costs(turn, LEVERS);
  const figures: Record<string, number> = {};
  const remarks = [...all.remarks];
  for (const [variant, levers] of Object.entries(VARIANTS)) {
    const without = await costs(turn, levers);
    for (const measure of MEASURES) figures[nameOf(variant, measure)] = without.of[measure] / all.of[measure];
    remarks.push(...without.remarks.map((remark) => `${variant}: ${remark}`));
  }
  return { figures, remarks };
}

async function costs(turn: Turn, levers: readonly Lever[]) {
  const args = ['--tuning', levers.length === 0 ? 'none' : levers.join(',')];
  const idle = await turn.start({ args });
  const empty = await idle.memory();
  const { result: crowd, stop } = await putLoad(idle, peersOf('hold', atMost(PEERS, turn)), turn.client);
  const full = await idle.memory();
  await stop();
  await idle.stop();

  const server = await turn.start({ args });
  const came = await once(server, turn, peersOf('connect', atMost(PEERS, turn)));
  const saturate = [...peersOf('saturate', 50), ...closedLoopTimes(turn)];
  const held = await once(server, turn, saturate);
  const fresh = await once(server, turn, [...saturate, '-new']);
  await server.stop();
  const of: Record<Measure, number> = {
    'CPU a ping, held': held.serverCpuMicrosPerPing,
    'CPU a ping, new': fresh.serverCpuMicrosPerPing,
    'CPU a connection': came.serverCpuSeconds / came.connections,
    'RSS a peer': (full - empty) / crowd.connections,
  };
  return { of, remarks: [crowd, came, held, fresh].flatMap(remarksOf) };
}
