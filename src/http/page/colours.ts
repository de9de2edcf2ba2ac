/** The colours of page.css that plots are drawn with. */
export type ColourName = 's0' | 's1' | 's2' | 'bad' | 'dim' | 'rule' | 'fill0' | 'fillbad';

/** Looks a colour of page.css up as the present theme has it; the same one is looked up once a theme. */
export class Colours {
  readonly #known = new Map<ColourName, string>();

  of(name: ColourName): string {
    const known = this.#known.get(name) ?? lookUp(name);
    this.#known.set(name, known);
    return known;
  }

  /** The theme is another one. */
  forget(): void {
    this.#known.clear();
  }
}

/** A canvas knows nothing of custom properties: an element is asked what one comes to. */
function lookUp(name: ColourName): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
