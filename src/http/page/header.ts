import type { LiveHello, LivePoint } from '../../live/feed.ts';
import { byId, element, setAttribute, setText } from './dom.ts';
import { count, longTime, memory, moment, percent, shortTime, traffic, written } from './format.ts';
import { type Reading, type ReadingView, readingView } from './reading.ts';
import { harmless } from './text.ts';

interface Vital {
  readonly name: string;
  readonly reading: Reading;
  /** What it is of. */
  readonly of?: (point: LivePoint) => number | null;
}

const NO_RATE = 'there is no point before this one to tell a rate from';
const NOT_HERE = 'this system does not tell';

/** How the process does. */
const VITALS: readonly Vital[] = [
  { name: 'CPU', reading: { value: ({ cpuPercent }) => cpuPercent, format: percent } },
  { name: 'Memory', reading: { value: ({ memoryRssBytes }) => memoryRssBytes, format: memory } },
  { name: 'Heap in use', reading: { value: ({ heapUsedBytes }) => heapUsedBytes, format: memory } },
  {
    name: 'Descriptors',
    reading: { value: ({ descriptors }) => descriptors, format: count(), missing: NOT_HERE },
    of: ({ descriptorLimit }) => descriptorLimit,
  },
  {
    name: 'Event loop delay p99',
    reading: { value: (point) => point.loopDelayP99Seconds, format: shortTime, missing: 'not sampled yet' },
  },
  { name: 'Received', reading: { value: (point) => point.readBytesPerSecond, format: traffic, missing: NO_RATE } },
  { name: 'Sent', reading: { value: (point) => point.writtenBytesPerSecond, format: traffic, missing: NO_RATE } },
];

/** Who the daemon is, and how its process does. */
export class Header {
  readonly #vitals: readonly { readonly view: ReadingView; readonly of: HTMLElement; readonly vital: Vital }[];
  #hello: LiveHello | undefined;

  constructor() {
    this.#vitals = VITALS.map((vital) => {
      const view = readingView(vital.reading);
      const of = element('span', { class: 'of' });
      byId('vitals').append(element('div', {}, element('dt', {}, vital.name), element('dd', {}, view.root, of)));
      return { view, of, vital };
    });
  }

  hello(hello: LiveHello): void {
    this.#hello = hello;
    setText(byId('service'), hello.service === 'peermeter' ? '' : harmless(hello.service));
    setText(byId('peer-id'), harmless(hello.peerId));
    setText(byId('version'), harmless(hello.version));
    setText(byId('processes'), hello.processes > 1 ? `${hello.processes} processes` : '');
    byId('addresses').replaceChildren(
      ...hello.addresses.map((address) => element('li', {}, element('code', {}, harmless(address)))),
    );
    setText(byId('addresses-name'), hello.addresses.length === 1 ? '1 address' : `${hello.addresses.length} addresses`);
  }

  show(point: LivePoint | undefined): void {
    for (const { view, of, vital } of this.#vitals) {
      view.show(point);
      const limit = point === undefined ? null : (vital.of?.(point) ?? null);
      setText(of, limit === null ? '' : `of ${written(count()(limit))}`);
    }
    if (point === undefined || this.#hello === undefined) return;
    const { startedAtMs } = this.#hello;
    const uptime = byId('uptime');
    setText(uptime, written(longTime(Math.max(0, Math.floor((point.atMs - startedAtMs) / 1000)))));
    setAttribute(uptime, 'title', `since ${moment(startedAtMs)}`);
  }
}
