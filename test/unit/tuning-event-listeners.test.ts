import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { TypedEventEmitter } from '@libp2p/interface';
import fc from 'fast-check';
import { leanListeners } from '../../src/node/tuning/event-listeners.ts';

type Events = Record<string, CustomEvent<number>>;
type Emitter = TypedEventEmitter<Events>;

const TYPES = ['a', 'b'] as const;
const LISTENERS = 5;
const SIGNALS = 2;

type How = { readonly capture?: boolean; readonly once?: boolean; readonly signal?: number } | boolean | undefined;
type Step =
  | { readonly do: 'add' | 'remove'; readonly type: string; readonly listener: number; readonly how: How }
  | { readonly do: 'dispatch' | 'count'; readonly type: string }
  | { readonly do: 'abort'; readonly signal: number };

/** What the listeners do when they are called: one removes, one adds for another event, one aborts a signal. */
interface Script {
  readonly steps: readonly Step[];
  readonly removes: { readonly type: string; readonly listener: number; readonly how: How };
}

const type = fc.constantFrom(...TYPES);
const listener = fc.nat(LISTENERS - 1);
const signal = fc.nat(SIGNALS - 1);
const how: fc.Arbitrary<How> = fc.oneof(
  fc.constantFrom(undefined, true, false),
  fc.record({ capture: fc.boolean(), once: fc.boolean(), signal }, { requiredKeys: [] }),
);
// Node's own EventTarget takes no `true` for `capture` when it removes: it would keep the listener.
const which = how.map((given) => (given === true ? { capture: true } : given));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('add' as const), type, listener, how }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), type, listener, how: which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('dispatch' as const), type }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('count' as const), type }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), signal }) },
);
const script: fc.Arbitrary<Script> = fc.record({
  steps: fc.array(step, { minLength: 5, maxLength: 40 }),
  removes: fc.record({ type, listener, how: which }),
});

/** Runs a script on an emitter, and says all that could be seen. */
function run({ steps, removes }: Script, emitter: Emitter = new TypedEventEmitter()): string[] {
  const seen: string[] = [];
  const signals = Array.from({ length: SIGNALS }, () => new AbortController());
  const options = (given: How) =>
    typeof given === 'object' && given.signal !== undefined
      ? { ...given, signal: signals[given.signal]?.signal as AbortSignal }
      : (given as boolean | undefined);
  const react = [
    () => {},
    () => emitter.removeEventListener(removes.type, listeners[removes.listener] ?? null, options(removes.how)),
    () => emitter.addEventListener('c', listeners[0] ?? null),
    () => signals[1]?.abort(),
    () => seen.push(`dispatched c: ${emitter.safeDispatchEvent('c')}`),
  ];
  const called = (at: number, event: Event): void => {
    seen.push(`${at} got ${event.type}`);
    react[at]?.();
  };
  const listeners = Array.from({ length: LISTENERS }, (_, at) =>
    at % 2 === 0 ? (event: Event) => called(at, event) : { handleEvent: (event: Event) => called(at, event) },
  );
  for (const each of steps) {
    if (each.do === 'add') emitter.addEventListener(each.type, listeners[each.listener] ?? null, options(each.how));
    if (each.do === 'remove')
      emitter.removeEventListener(each.type, listeners[each.listener] ?? null, options(each.how));
    if (each.do === 'abort') signals[each.signal]?.abort();
    if (each.do === 'count') seen.push(`${each.type}: ${emitter.listenerCount(each.type)}`);
    if (each.do === 'dispatch') seen.push(`dispatched ${each.type}: ${emitter.safeDispatchEvent(each.type)}`);
  }
  for (const each of [...TYPES, 'c']) seen.push(`${each}: ${emitter.listenerCount(each)}`);
  return seen;
}

// Before the lever is laid, for it is laid on the class: scripts and what they give, and emitters that are older.
const scripts = fc.sample(script, { numRuns: 3000, seed: 4 });
const expected = scripts.map((each) => run(each));
const older: Emitter[] = scripts.map(() => new TypedEventEmitter());
const known: Emitter = new TypedEventEmitter();
const seen: string[] = [];
const first = (): number => seen.push('first');
known.addEventListener('a', first);
known.addEventListener('a', () => seen.push('once'), { once: true });
const untouched = Object.getOwnPropertyNames(TypedEventEmitter.prototype);
const differences = leanListeners();

describe('an event emitter with a plain list of listeners', () => {
  test('is laid once, and what was expected is there', () => {
    assert.deepEqual(differences, []);
    const { addEventListener, dispatchEvent } = TypedEventEmitter.prototype;
    assert(Object.hasOwn(TypedEventEmitter.prototype, 'dispatchEvent'));
    assert.deepEqual(leanListeners(), []);
    assert.equal(TypedEventEmitter.prototype.addEventListener, addEventListener);
    assert.equal(TypedEventEmitter.prototype.dispatchEvent, dispatchEvent);
    assert(!untouched.includes('dispatchEvent'));
  });

  test('does what the original does', () => {
    for (const [at, each] of scripts.entries()) assert.deepEqual(run(each), expected[at], JSON.stringify(each));
  });

  test('so do emitters that are older than it', () => {
    for (const [at, each] of scripts.entries()) assert.deepEqual(run(each, older[at]), expected[at]);
  });

  test('an older emitter keeps the listeners it had, and lets go of them', () => {
    assert.equal(known.listenerCount('a'), 2);
    known.addEventListener('a', () => seen.push('later'));
    assert.equal(known.listenerCount('a'), 3);
    known.safeDispatchEvent('a');
    assert.deepEqual(seen.splice(0).sort(), ['first', 'later', 'once']);
    known.removeEventListener('a', first);
    known.safeDispatchEvent('a');
    assert.deepEqual(seen, ['later']);
    assert.equal(known.listenerCount('a'), 1);
  });

  test('a listener added while an event is dispatched gets the next one', () => {
    const emitter: Emitter = new TypedEventEmitter();
    const order: string[] = [];
    const added = (): number => order.push('added');
    emitter.addEventListener('a', () => emitter.addEventListener('a', added), { once: true });
    emitter.addEventListener('a', () => order.push('second'));
    emitter.safeDispatchEvent('a');
    assert.deepEqual(order, ['second']);
    emitter.safeDispatchEvent('a');
    assert.deepEqual(order, ['second', 'second', 'added']);
  });

  test('once is once, also when the event is dispatched again meanwhile', () => {
    const emitter: Emitter = new TypedEventEmitter();
    let calls = 0;
    emitter.addEventListener('a', () => emitter.safeDispatchEvent('a'), { once: true });
    emitter.addEventListener('a', () => calls++, { once: true });
    emitter.safeDispatchEvent('a');
    assert.equal(calls, 1);
  });

  test('details, the default that is prevented, and `once` of node:events', async () => {
    const emitter: Emitter = new TypedEventEmitter();
    const came = once(emitter, 'a');
    emitter.safeDispatchEvent('a', { detail: 7 });
    const [event] = (await came) as [CustomEvent<number>];
    assert.equal(event.detail, 7);
    assert.equal(emitter.listenerCount('a'), 0);
    emitter.addEventListener('b', (each) => each.preventDefault());
    assert.equal(emitter.dispatchEvent(new CustomEvent('b', { cancelable: true })), false);
    assert.equal(emitter.dispatchEvent(new CustomEvent('b')), true);
  });

  test('a signal is let go when its listener is gone', () => {
    const emitter: Emitter = new TypedEventEmitter();
    const { signal } = new AbortController();
    let held = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      held++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      held--;
      remove(...args);
    };
    const callback = (): void => {};
    emitter.addEventListener('a', callback, { signal });
    assert.equal(held, 1);
    emitter.removeEventListener('a', callback);
    emitter.addEventListener('a', callback, { signal, once: true });
    emitter.safeDispatchEvent('a');
    assert.equal(held, 0);
  });
});

test('a listener that throws stops neither the others nor the caller, and ends the process as it ever did', async () => {
  const module = join(import.meta.dirname, '..', '..', 'src', 'node', 'tuning', 'event-listeners.ts');
  const program = `
    import { TypedEventEmitter } from '@libp2p/interface';
    import { leanListeners } from ${JSON.stringify(module)};
    process.on('uncaughtException', (error) => console.log('uncaught', error.message));
    if (process.env.LEAN === 'yes') leanListeners();
    const emitter = new TypedEventEmitter();
    emitter.addEventListener('a', () => console.log('first'));
    emitter.addEventListener('a', () => { throw new Error('of a function'); });
    emitter.addEventListener('a', { handleEvent() { throw new Error('of an object'); } });
    emitter.addEventListener('a', () => console.log('last'));
    console.log('returned', emitter.safeDispatchEvent('a'));
    setImmediate(() => console.log('next turn'));
  `;
  const output = async (LEAN: string): Promise<string> => {
    const argv = ['--input-type=module', '-e', program];
    const options = { env: { ...process.env, LEAN, NODE_OPTIONS: '' }, cwd: import.meta.dirname, timeout: 20_000 };
    return (await promisify(execFile)(process.execPath, argv, options)).stdout;
  };
  const [lean, original] = await Promise.all([output('yes'), output('no')]);
  assert.equal(lean, original);
  assert.match(lean, /first\nlast\nreturned true\nuncaught of a function\nuncaught of an object\nnext turn/);
});
