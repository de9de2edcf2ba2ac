/** How much is said, from least to most. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log lines: a message for people, fields for programs. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each of its lines. */
  child(fields: LogFields): Logger;
  /** Whether a line of this level would be written: for text that costs something to put together. */
  isEnabled(level: LogLevel): boolean;
  /** What is written from now on, by this logger and all its children. */
  setLevel(level: LogLevel): void;
}

export interface LoggerInit {
  /** @default 'info' */
  level?: LogLevel;
  /** Where a finished line goes, without its line end. @default standard error */
  write?: (line: string) => void;
  /** @default the wall clock */
  now?: () => Date;
}

/**
 * A logger of one logfmt line an event: `2026-01-31T12:00:00.000Z INFO listening port=8001`.
 *
 * Control characters and bidirectional overrides in values are escaped: a peer cannot write a line of its own, nor
 * turn one around on the screen.
 */
export function createLogger(init: LoggerInit = {}): Logger {
  const state = { threshold: LOG_LEVELS.indexOf(init.level ?? 'info') };
  const write = init.write ?? ((line: string) => process.stderr.write(`${line}\n`));
  const now = init.now ?? (() => new Date());

  const isEnabled = (level: LogLevel): boolean => LOG_LEVELS.indexOf(level) <= state.threshold;

  const make = (inherited: LogFields): Logger => {
    const line =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}): void => {
        if (!isEnabled(level)) return;
        const text = formatFields({ ...inherited, ...fields });
        write(`${now().toISOString()} ${level.toUpperCase()} ${escapeText(message)}${text}`);
      };
    return {
      error: line('error'),
      warn: line('warn'),
      info: line('info'),
      debug: line('debug'),
      child: (fields) => make({ ...inherited, ...fields }),
      isEnabled,
      setLevel: (level) => {
        state.threshold = LOG_LEVELS.indexOf(level);
      },
    };
  };
  return make({});
}

/** A logger that says nothing. */
export const silentLogger: Logger = createLogger({ level: 'error', write: () => {} });

function formatFields(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${formatValue(value)}`)
    .join('');
}

function formatValue(value: unknown): string {
  const text = value instanceof Error ? value.message : typeof value === 'string' ? value : JSON.stringify(value);
  const escaped = escapeText(String(text));
  return /[\s="]/.test(escaped) ? `"${escaped.replaceAll('"', '\\"')}"` : escaped;
}

// C0 and C1 controls, line and paragraph separators, bidirectional marks, embeddings, overrides and isolates.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The text with every character that could end a line or change its direction written as `\uXXXX`. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
