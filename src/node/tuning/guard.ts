/** What a private part must be for a lever to be used: the name of each member, and its `typeof`. */
export type Shape = Readonly<Record<string, 'function' | 'object' | 'number' | 'string' | 'boolean'>>;

/** The names of the members that are not as expected; none when the lever can be used. */
export function unlike(part: unknown, shape: Shape): string[] {
  if (typeof part !== 'object' || part === null) return ['it is not there'];
  const members = part as Readonly<Record<string, unknown>>;
  return Object.entries(shape)
    .filter(([name, type]) => typeof members[name] !== type || members[name] === null)
    .map(([name]) => name);
}
