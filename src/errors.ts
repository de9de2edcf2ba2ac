/** Exit statuses of every command. */
export const EXIT = {
  success: 0,
  /** Something went wrong while running: a port in use, no peer reached. */
  fault: 1,
  /** The command line is not understood. */
  usage: 2,
  /** The command line is understood, but what it or a file asks for cannot be: a damaged key, a dial to oneself. */
  config: 78,
} as const;

/** What kind of thing went wrong; it decides the exit status. */
export type ErrorKind = Exclude<keyof typeof EXIT, 'success'>;

/**
 * An error meant for the operator: its message is one line that says what is wrong, where, and what to do. The cause,
 * with its stack, is shown at debug level only.
 */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }

  get exitStatus(): number {
    return EXIT[this.kind];
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
