import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { fleet } from './dashboards/fleet.ts';
import { multiPeer } from './dashboards/multi-peer.ts';
import { peers } from './dashboards/peers.ts';
import { pipeline } from './dashboards/pipeline.ts';
import { runtime } from './dashboards/runtime.ts';

/** Every dashboard, by the name of its file in `grafana/dashboards/`. */
export const DASHBOARDS: Readonly<Record<string, Dashboard>> = {
  'multi-peer.json': multiPeer,
  'peers.json': peers,
  'runtime.json': runtime,
  'fleet.json': fleet,
  'pipeline.json': pipeline,
};

/** A dashboard as it is checked in and as Grafana reads it. */
export function dashboardJson(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
