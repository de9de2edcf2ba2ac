/** One answer of a metrics endpoint. */
export interface Scrape {
  readonly millis: number;
  readonly bytes: number;
}

/**
 * Asks once.
 *
 * @throws Error when there is no endpoint, or it does not answer within 10 s
 */
export async function scrapeOnce(url: string | undefined): Promise<Scrape & { readonly text: string }> {
  if (url === undefined) throw new Error('the server has no metrics endpoint');
  const began = performance.now();
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const body = Buffer.from(await response.arrayBuffer());
  const millis = performance.now() - began;
  if (!response.ok) throw new Error(`the metrics endpoint answers ${response.status}`);
  return { millis, bytes: body.length, text: body.toString() };
}

/** Asks again and again, as a Prometheus would; one that is late does not make a second one start beside it. */
export function scrapeRepeatedly(url: string | undefined, everyMs: number) {
  const scrapes: Scrape[] = [];
  let underWay: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    underWay ??= scrapeOnce(url)
      .then(({ millis, bytes }) => scrapes.push({ millis, bytes }))
      .catch(() => undefined)
      .finally(() => {
        underWay = undefined;
      });
  }, everyMs);
  return {
    async stop(): Promise<Scrape[]> {
      clearInterval(timer);
      await underWay;
      return scrapes;
    },
  };
}

/** The value of the first series of that name; NaN when there is none. */
export function numberIn(text: string, name: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
  return Number(line?.split(' ').at(-1) ?? Number.NaN);
}

/** How many series an answer has. */
export function seriesIn(text: string): number {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
}
