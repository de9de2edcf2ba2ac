/** What went wrong, for code that has to tell the cases apart. */
export type StackErrorKind =
  | 'go-missing'
  | 'tool-missing'
  | 'go-too-old'
  | 'build-failed'
  | 'port-taken'
  | 'start-failed'
  | 'query-failed'
  | 'timed-out';

/** The one error that this folder throws. The message is one an operator can act on. */
export class StackError extends Error {
  override readonly name = 'StackError';
  readonly kind: StackErrorKind;

  constructor(kind: StackErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
