import { inspect } from 'node:util';

/** What stands for a secret wherever somebody could read it. */
export const REDACTED = '[redacted]';

/**
 * A text that only who asks for it by name gets to see: in logs, JSON, templates and stacks it is `[redacted]`.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  equals(other: Secret): boolean {
    return this.#text === other.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
