/** Something that has gathered work to be done once a turn of the event loop. */
export interface Gatherer {
  flush(): void;
}

let gatherers: Gatherer[] = [];

/** Flushes at the end of this turn: after all that is readable now was read, and before the loop waits again. */
export function afterThisTurn(gatherer: Gatherer): void {
  if (gatherers.length === 0) setImmediate(flushAll);
  gatherers.push(gatherer);
}

function flushAll(): void {
  const due = gatherers;
  gatherers = [];
  for (const gatherer of due) gatherer.flush();
}
