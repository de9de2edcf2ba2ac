import type { Places } from '../node/shared-admission.ts';
import type { Change, PlaceAnswer } from './messages.ts';

/**
 * A worker's end of the places that the primary keeps, and of its roster.
 *
 * What happens in one turn of the event loop goes out in one message, in order: a thousand peers that come at once are
 * a few messages, not a thousand.
 */
export class RemotePlaces implements Places {
  readonly #send: (changes: readonly Change[]) => void;
  readonly #waiting = new Map<number, (granted: boolean) => void>();
  #changes: Change[] = [];
  #nextId = 0;

  constructor(send: (changes: readonly Change[]) => void) {
    this.#send = send;
  }

  takeConnection(): Promise<boolean> {
    return this.#take();
  }

  giveConnection(): void {
    this.#add({ kind: 'give' });
  }

  takePeer(peerId: string): Promise<boolean> {
    return this.#take(peerId);
  }

  givePeer(peerId: string): void {
    this.#add({ kind: 'give', peerId });
  }

  joined(peerId: string): void {
    this.#add({ kind: 'joined', peerId });
  }

  left(peerId: string): void {
    this.#add({ kind: 'left', peerId });
  }

  /** The primary has decided. */
  answered(answers: readonly PlaceAnswer[]): void {
    for (const { id, granted } of answers) {
      this.#waiting.get(id)?.(granted);
      this.#waiting.delete(id);
    }
  }

  /** Sends what has gathered, now: what is sent after it is no older. */
  flush(): void {
    if (this.#changes.length === 0) return;
    const changes = this.#changes;
    this.#changes = [];
    this.#send(changes);
  }

  #take(peerId?: string): Promise<boolean> {
    const id = this.#nextId++;
    this.#add({ kind: 'take', id, peerId });
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  #add(change: Change): void {
    if (this.#changes.length === 0) setImmediate(() => this.flush());
    this.#changes.push(change);
  }
}
