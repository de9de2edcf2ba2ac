/** Of the words the one that was probably meant: a few letters off at most. */
export function nearest(text: string, words: readonly string[]): string | undefined {
  const allowed = Math.max(2, Math.floor(text.length / 3));
  const ranked = words
    .map((word) => ({ word, distance: distance(text.toLowerCase(), word) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= allowed ? best.word : undefined;
}

/** Levenshtein: letters to add, take away or change. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
