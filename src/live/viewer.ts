import type { ReplyStream } from '../http/reply.ts';
import { nextTurn } from '../telemetry/turns.ts';
import { EVENT_END, eventHead, eventText } from './events.ts';
import type { LiveHello } from './feed.ts';
import type { History } from './history.ts';

/** Points put into text in one turn of the event loop: about a millisecond. */
const POINTS_A_TURN = 100;

/** When a browser whose connection broke tries again. */
const RETRY_MS = 1000;

/** One who looks. */
export class Viewer {
  readonly #stream: ReplyStream;
  readonly #maxBacklogBytes: number;
  #hasHistory = false;

  constructor(stream: ReplyStream, maxBacklogBytes: number) {
    this.#stream = stream;
    this.#maxBacklogBytes = maxBacklogBytes;
  }

  /**
   * Says who speaks, and gives the points that are kept. What comes meanwhile is among them.
   *
   * @param afterMs only newer points: those before have been given on an earlier connection
   */
  async greet(hello: LiveHello, history: History, afterMs: number): Promise<void> {
    this.#stream.write(`retry: ${RETRY_MS}\n${eventText('hello', hello)}${eventHead('history')}[`);
    let last = afterMs;
    for (let points = history.after(last, POINTS_A_TURN); points.length > 0; ) {
      const isFirst = last === afterMs;
      this.#stream.write(`${isFirst ? '' : ','}${points.map((point) => JSON.stringify(point)).join()}`);
      last = points.at(-1)?.atMs ?? last;
      await nextTurn();
      points = history.after(last, POINTS_A_TURN);
    }
    this.#stream.write(`]${EVENT_END}`);
    this.#hasHistory = true;
  }

  /** Sends an event; who does not read is let go instead. */
  send(event: string | Uint8Array): void {
    if (!this.#hasHistory) return;
    if (this.#stream.backlogBytes > this.#maxBacklogBytes) this.#stream.drop();
    else this.#stream.write(event);
  }

  /** Whether everything that was sent so far has left. */
  get keepsUp(): boolean {
    return this.#stream.backlogBytes === 0;
  }

  /** Takes leave. */
  end(): void {
    this.#stream.write(this.#hasHistory ? eventText('bye', {}) : '');
    this.#stream.end();
  }
}
