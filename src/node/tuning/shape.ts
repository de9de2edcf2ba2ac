/** What a library's part must be like for a lever to be laid on it: each member, and its `typeof`. */
export type Shape = Readonly<Record<string, 'function' | 'object' | 'number' | 'string' | 'boolean'>>;

/** The members that are not as expected, in words; none when the lever can be used. */
export function unlike(part: unknown, shape: Shape): string[] {
  if (typeof part !== 'object' || part === null) return ['no such object'];
  const members = part as Readonly<Record<string, unknown>>;
  return Object.entries(shape)
    .filter(([name, type]) => typeof members[name] !== type || members[name] === null)
    .map(([name, type]) => `no ${type} "${name}"`);
}
