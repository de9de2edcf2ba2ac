import { messageOf, OperatorError } from '../errors.ts';
import { escapeText } from '../log/logger.ts';

/** More than anybody mends at once; a file of nonsense must not fill a screen. */
const MOST_SHOWN = 20;

/** What is wrong with a value, as a whole sentence; any other error of a reader completes "… must be". */
export class Complaint extends Error {}

/** Gathers what is wrong, so that the operator hears all of it at once. */
export class Complaints {
  readonly #lines: string[] = [];
  #onlyUsage = true;

  /** Runs a part of the reading; undefined when it complained. */
  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      this.add(error);
      return undefined;
    }
  }

  add(error: OperatorError): void {
    this.#lines.push(...error.message.split('\n'));
    this.#onlyUsage &&= error.kind === 'usage';
  }

  /** Throws an OperatorError with a line for each complaint, unless there is none. */
  throwIfAny(): void {
    if (this.#lines.length === 0) return;
    const left = this.#lines.length - MOST_SHOWN;
    const shown = [...this.#lines.slice(0, MOST_SHOWN), ...(left > 0 ? [`and ${left} more`] : [])];
    throw new OperatorError(this.#onlyUsage ? 'usage' : 'config', shown.join('\n'));
  }
}

/** What was written, for people: in quotes, escaped, and not longer than one wants to read. */
export function quoted(text: string): string {
  const short = text.length > 100 ? `${text.slice(0, 100)}…` : text;
  return escapeText(JSON.stringify(short));
}

/** Says of a value at some place what its reader said. A secret is not repeated. */
export function complaint(
  kind: 'usage' | 'config',
  { place, text, error }: { readonly place: string; readonly text?: string | undefined; readonly error: unknown },
): OperatorError {
  if (error instanceof Complaint)
    return new OperatorError(kind, escapeText(`${place} ${error.message}`), { cause: error });
  const what = text === undefined ? '' : `is ${quoted(text)}, but `;
  return new OperatorError(kind, escapeText(`${place} ${what}must be ${messageOf(error)}`), { cause: error });
}
