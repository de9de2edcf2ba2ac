import type { ServerResponse } from 'node:http';
import { type StubServer, startStub } from './stub-server.ts';

export interface GrafanaInit {
  /** Where its data source leads. */
  readonly prometheusUrl: string;
  /** @default 'prometheus' */
  readonly datasourceUid?: string;
  /** Uid of the one dashboard. @default 'multi-peer' */
  readonly dashboardUid?: string;
  /** The data source that its panels ask. @default 'prometheus' */
  readonly panelUid?: string;
  /** A token that it wants to see. @default nobody has to say who they are */
  readonly token?: string;
}

/**
 * Answers the few paths of Grafana's HTTP API that doctor asks as its reference describes them
 * (grafana.com/docs/grafana/latest/developers/http_api): no Grafana can be built or had here. Queries go on to the real
 * Prometheus.
 */
export function startGrafanaStub(init: GrafanaInit): Promise<StubServer> {
  const {
    prometheusUrl,
    datasourceUid = 'prometheus',
    dashboardUid = 'multi-peer',
    panelUid = 'prometheus',
    token,
  } = init;
  const datasource = { id: 1, uid: datasourceUid, name: 'Prometheus', type: 'prometheus', url: prometheusUrl };
  const panels = [
    { id: 1, datasource: { type: 'prometheus', uid: panelUid }, targets: [{ datasource: { uid: '$source' } }] },
  ];
  const annotations = { list: [{ datasource: { type: 'grafana', uid: '-- Grafana --' } }] };
  const replies: Readonly<Record<string, unknown>> = {
    '/api/datasources': [datasource],
    [`/api/datasources/uid/${datasourceUid}`]: datasource,
    [`/api/datasources/uid/${datasourceUid}/health`]: {
      status: 'OK',
      message: 'Successfully queried the Prometheus API.',
    },
    [`/api/dashboards/uid/${dashboardUid}`]: {
      meta: { provisioned: true },
      dashboard: { uid: dashboardUid, panels, annotations },
    },
  };
  const proxy = `/api/datasources/proxy/uid/${datasourceUid}`;
  return startStub((request, response) => {
    const url = request.url ?? '';
    if (url === '/api/health') return json(response, 200, { commit: 'stub', database: 'ok', version: '13.2.3' });
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      return json(response, 401, { message: 'Unauthorized' });
    }
    if (url.startsWith(proxy)) return void passOn(`${prometheusUrl}${url.slice(proxy.length)}`, response);
    const reply = replies[url];
    json(response, reply === undefined ? 404 : 200, reply ?? { message: 'Not found' });
  });
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body));
}

async function passOn(url: string, response: ServerResponse): Promise<void> {
  const answer = await fetch(url);
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
}
