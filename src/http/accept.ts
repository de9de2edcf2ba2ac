/**
 * Whether the sender of this Accept header would rather have a page than plain text.
 *
 * A browser names `text/html` and wants it most. curl takes anything and Prometheus names its own formats: who does not
 * name HTML, or likes text as much, is a program.
 */
export function prefersHtml(accept: string | undefined): boolean {
  const weights = mediaRanges(accept ?? '');
  const html = weights.get('text/html') ?? 0;
  const text = weights.get('text/plain') ?? weights.get('text/*') ?? weights.get('*/*') ?? 0;
  return html > text;
}

/** The ranges of an Accept header without their parameters, and how much each is wanted (RFC 9110, 12.5.1). */
function mediaRanges(accept: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const item of accept.toLowerCase().split(',')) {
    const [range = '', ...parameters] = item.split(';').map((part) => part.trim());
    const q = parameters.map((parameter) => /^q=([01](?:\.\d{0,3})?)$/.exec(parameter)?.[1]).find(Boolean);
    weights.set(range, Math.max(weights.get(range) ?? 0, q === undefined ? 1 : Number(q)));
  }
  return weights;
}
