/** All of the shutdown must fit in the 5 s an operator waits: this much for the last push, the rest for the peers. */
export const FLUSH_DEADLINE_MS = 3000;

/** `/healthz` fails when nothing has run for this long: the event loop hangs. */
export const STALLED_AFTER_MS = 15_000;
