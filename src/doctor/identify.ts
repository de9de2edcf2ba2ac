import { METRICS } from '../contract/metrics.ts';
import { type Answer, type Asked, isAnswer } from '../http/ask.ts';

/** Says what it is that answers, as far as that can be told from one answer. */
export function whatAnswers(asked: Asked): string {
  if (!isAnswer(asked)) return asked.reason;
  const { text, status, headers } = asked;
  const known = KNOWN.find(({ isIt }) => isIt(asked));
  if (known !== undefined) return known.name;
  const location = headers.location === undefined ? '' : ` to ${headers.location}`;
  const title = /<title>([^<]{1,80})/i.exec(text.slice(0, 20_000))?.[1]?.trim();
  const server = headers.server === undefined ? '' : `, server ${headers.server}`;
  const said = title === undefined ? firstLine(text) : `a page titled "${title}"`;
  return `something that answers ${status}${location}${server}${said === '' ? '' : `: ${said}`}`;
}

/** Its metrics endpoint says so itself. */
export const HIDDEN = 'a peermeter that only pushes';

const hasLine = (text: string, start: string): boolean => text.startsWith(start) || text.includes(`\n${start}`);

const KNOWN: readonly { name: string; isIt: (answer: Answer) => boolean }[] = [
  { name: "a Collector's own metrics", isIt: ({ text }) => hasLine(text, 'otelcol_') },
  {
    name: "a Collector's Prometheus exporter",
    isIt: ({ text }) => new RegExp(`^${METRICS.memoryRss.name}\\{[^\\n]*instance="`, 'm').test(text),
  },
  { name: 'a peermeter daemon', isIt: ({ text }) => hasLine(text, `${METRICS.memoryRss.name} `) },
  {
    name: HIDDEN,
    isIt: ({ text }) => text.includes('the prometheus exporter is off'),
  },
  {
    name: 'a Prometheus server',
    isIt: ({ text }) => hasLine(text, 'prometheus_build_info') || /<title>Prometheus/.test(text),
  },
  {
    name: 'a Grafana',
    isIt: ({ text, headers }) => /<title>Grafana/.test(text) || (headers.location ?? '').endsWith('/login'),
  },
  { name: "a Collector's health check", isIt: ({ text }) => /"status":\s*"Server (not )?available"/.test(text) },
];

function firstLine(text: string): string {
  return text.trimStart().split('\n')[0]?.slice(0, 80).trim() ?? '';
}
