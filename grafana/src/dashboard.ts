import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type DashboardLink,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelDraft } from './panel.ts';
import { daemonVariables, dataSourceVariable } from './variables.ts';

/** What a dashboard is made of. */
export interface DashboardInit {
  /** Its address: `/d/UID`. Never changed, for links and bookmarks hold it. */
  readonly uid: string;
  readonly title: string;
  /** The question it answers. */
  readonly description: string;
  readonly rows: readonly Row[];
  /** @default '5s', the scrape interval */
  readonly refresh?: string;
  /** How far back it looks. @default '15m' */
  readonly range?: string;
}

/** Panels under a heading, laid out from left to right. */
export interface Row {
  readonly title: string;
  readonly panels: readonly PanelDraft[];
}

/** What the links between our dashboards are found by. */
const TAG = 'peermeter';

/** A dashboard with what all of ours share: variables, links, a shared crosshair. */
export function dashboard({ uid, title, description, rows, refresh = '5s', range = '15m' }: DashboardInit): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG, 'libp2p'])
    .refresh(refresh)
    .time({ from: `now-${range}`, to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([dataSourceVariable(), ...daemonVariables()])
    .annotations([])
    .links([otherDashboards()]);
  let id = 1;
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title).id(id++));
    for (const panel of row.panels) {
      panel.id(id++);
      builder.withPanel(panel);
    }
  }
  return builder.build();
}

/** Leads to the same daemons and the same time on another dashboard. */
function otherDashboards(): Builder<DashboardLink> {
  const { placement, ...link } = new DashboardLinkBuilder('peermeter')
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .icon('external link')
    .asDropdown(false)
    .includeVars(true)
    .keepTime(true)
    .build();
  // The SDK hides links in a menu unless told otherwise, and has no word for otherwise.
  return { build: () => link };
}
