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

/** Where somebody wanted to listen, and the flags that say where else. */
export interface ListenAttempt {
  readonly host: string;
  readonly port: number;
  readonly hostFlag: string;
  readonly portFlag: string;
}

/** Why a port could not be had, and what to do about it: a `fault`. */
export function listenProblem(failure: string, attempt: ListenAttempt, cause: unknown): OperatorError {
  const { host, port, hostFlag, portFlag } = attempt;
  const advice: Readonly<Record<string, string>> = {
    EADDRINUSE: `the port is in use; choose another with ${portFlag} (0 takes a free one)`,
    EACCES: `ports below 1024 need privileges; choose another with ${portFlag}`,
    EADDRNOTAVAIL: `no interface of this machine has that address (${hostFlag})`,
  };
  // libp2p tries every address it was given and reports all failures together, their codes in the text only.
  const text = cause instanceof AggregateError ? cause.errors.map(messageOf).join(' ') : messageOf(cause);
  const code = Object.keys(advice).find((known) => text.includes(known));
  const reason = code === undefined ? text.split('\n')[0] : advice[code];
  return new OperatorError('fault', `${failure} on ${host} port ${port}: ${reason}`, { cause });
}
