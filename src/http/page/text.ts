/** Controls, formatting such as a change of direction, halves of pairs, line ends: nothing that can be seen as itself. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** No more of one text is shown than this, in characters. */
const LONGEST = 200;

/**
 * Text from outside as it may be shown: what cannot be seen, or would turn its surroundings around, as `\u202e`, and
 * not without end.
 */
export function harmless(text: unknown): string {
  const characters = Array.from(String(text).slice(0, 4 * LONGEST));
  const shown = characters.slice(0, LONGEST).join('').replace(UNSEEN, escaped);
  return characters.length > LONGEST ? `${shown}…` : shown;
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
