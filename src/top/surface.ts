import type { Paint } from './palette.ts';

/** What can be drawn on. */
export interface Surface {
  readonly columns: number;
  readonly rows: number;
  /** Whether it shows more than ASCII. */
  readonly unicode: boolean;
  readonly paint: Paint;
}

/** What stands for the part of a text that was left out. */
export function ellipsis({ unicode }: Surface): string {
  return unicode ? '…' : '..';
}
