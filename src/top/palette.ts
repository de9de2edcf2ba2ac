/** What a piece of text is, for those who see colours. */
export type Style = 'plain' | 'label' | 'strong' | 'bad' | 'good' | 'head';

const CODES: Readonly<Record<Style, string>> = {
  plain: '',
  label: '\x1b[2m',
  strong: '\x1b[1m',
  bad: '\x1b[1;31m',
  good: '\x1b[32m',
  head: '\x1b[7m',
};

/** Paints a piece of text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

export function palette(colour: boolean): Paint {
  return (style, text) => (colour && style !== 'plain' ? `${CODES[style]}${text}\x1b[0m` : text);
}
