import { escapeText } from '../log/logger.ts';

/** Where a value came from. */
export type Origin =
  | { readonly kind: 'flag' | 'environment'; readonly name: string }
  | FileOrigin
  | { readonly kind: 'default' };

export interface FileOrigin {
  readonly kind: 'file';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** With those above it: `exporters.otlp.endpoint`. */
  readonly key: string;
}

/** A value, and who said so. */
export interface Sourced<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** For people: `flag --port`, `environment PEERMETER_PORT`, `peermeter.yaml:3`, `default`. */
export function describeOrigin(origin: Origin): string {
  if (origin.kind === 'file') return `${escapeText(origin.file)}:${origin.line}`;
  return origin.kind === 'default' ? 'default' : `${origin.kind} ${origin.name}`;
}

/** At the head of a complaint: where to go and mend it. A default is known by its key. */
export function placeOf(origin: Origin, key: string): string {
  if (origin.kind === 'file')
    return `${escapeText(origin.file)}:${origin.line}:${origin.column}: ${escapeText(origin.key)}`;
  return origin.kind === 'default' ? key : origin.name;
}

/** Flags and variables are said for one start; they go before what any file says. */
export function isFromOutside({ kind }: Origin): boolean {
  return kind === 'flag' || kind === 'environment';
}
