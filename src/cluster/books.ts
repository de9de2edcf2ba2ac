import type { Change } from './messages.ts';
import type { PlaceKeeper } from './places.ts';
import type { Roster } from './roster.ts';
import type { WorkerSlot } from './worker-slot.ts';

/** A worker's word on who is here, put down where all of them are known. */
export function keepBooks(slot: WorkerSlot, places: PlaceKeeper, roster: Roster): void {
  const worker = slot.index;
  const decide = (change: Change): boolean => {
    const { kind, peerId } = change;
    if (kind === 'joined') roster.joined(worker, peerId);
    else if (kind === 'left') roster.left(worker, peerId);
    else if (kind === 'take')
      return peerId === undefined ? places.takeConnection(worker) : places.takePeer(worker, peerId);
    else if (peerId === undefined) places.giveConnection(worker);
    else places.givePeer(worker, peerId);
    return false;
  };
  slot.on('changes', (changes) => {
    const answers = changes.flatMap((change) => {
      const granted = decide(change);
      return change.kind === 'take' ? [{ id: change.id, granted }] : [];
    });
    if (answers.length > 0) slot.answer(answers);
  });
  slot.on('ended', () => {
    places.giveAll(worker);
    roster.ended(worker);
  });
}
