/**
 * `read`, or what it gave last when it fails.
 *
 * A process that has run out of descriptors cannot open a file under /proc. That is the moment its operator looks at
 * the figures, so the others must go on, and the sampling timer must not take the process down.
 *
 * @throws what `read` throws, as long as it has never succeeded
 */
export function orLast<T>(read: () => T): () => T {
  let last: { value: T } | undefined;
  return () => {
    try {
      last = { value: read() };
    } catch (error) {
      if (last === undefined) throw error;
    }
    return last.value;
  };
}
