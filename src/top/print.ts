import type { LivePoint } from '../live/feed.ts';
import type { Lost } from './follow.ts';
import { pointLine } from './lines.ts';
import { palette } from './palette.ts';
import { type Picture, withEvent } from './picture.ts';
import type { LiveEvent } from './read-event.ts';
import { draw, FIRST_VIEW } from './screen.ts';

/** For a report that goes into a file or a pipe. */
const COLUMNS = 100;

/** Prints a line for each point that comes, or an object; when the daemon goes and comes back is for standard error. */
export async function printPoints(
  events: AsyncIterable<LiveEvent | Lost>,
  { json }: { readonly json: boolean },
): Promise<void> {
  let lost = false;
  for await (const event of events) {
    if (event.name === 'lost' && !lost) process.stderr.write(`peermeter: the daemon is gone: ${event.reason}\n`);
    if (event.name === 'hello' && lost) process.stderr.write('peermeter: the daemon is back\n');
    if (event.name === 'lost') lost = true;
    if (event.name === 'hello') lost = false;
    if (event.name === 'point') process.stdout.write(`${json ? JSON.stringify(event.data) : pointLine(event.data)}\n`);
  }
}

export interface ReportInit {
  readonly json: boolean;
  readonly unicode: boolean;
  /** Ends the events. */
  readonly leave: () => void;
}

/** Prints what there is to see once: all facts and all peers. */
export async function printReport(
  events: AsyncIterable<LiveEvent | Lost>,
  { json, unicode, leave }: ReportInit,
): Promise<void> {
  let picture: Picture | undefined;
  for await (const event of events) {
    if (event.name === 'lost') continue;
    picture = withEvent(picture, event, Date.now());
    if (event.name !== 'peers' || picture === undefined) continue;
    process.stdout.write(json ? reportJson(picture) : reportText(picture, unicode));
    leave();
  }
}

function reportText(picture: Picture, unicode: boolean): string {
  const columns = process.stdout.columns ?? COLUMNS;
  // A title, facts, plots, the head of the table and every row of it.
  const rows = 64 + (picture.peers?.peers.length ?? 0);
  const { lines } = draw(picture, FIRST_VIEW, { columns, rows, unicode, paint: palette(false) }, Date.now());
  const shown = lines.slice(0, -1).map((line) => line.trimEnd());
  while (shown.at(-1) === '') shown.pop();
  return `${shown.join('\n')}\n`;
}

function reportJson({ hello, points, peers }: Picture): string {
  const point: LivePoint | undefined = points.at(-1);
  return `${JSON.stringify({ hello, point, peers })}\n`;
}
