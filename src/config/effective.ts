import type { Json } from './json.ts';
import type { Origin, Sourced } from './origin.ts';
import type { Setting } from './setting.ts';

/** One value of the configuration that counts, and who said so. Secrets are redacted. */
export interface EffectiveValue {
  /** Where it would stand in a file: `['exporters', 'otlp', 'endpoint']`. */
  readonly path: readonly string[];
  /** As it would be written in a file. */
  readonly value: Json;
  readonly origin: Origin;
}

/** The effective configuration as a list, in the order of the file. */
export class Effective {
  readonly values: EffectiveValue[] = [];

  /** Notes the value of a setting. What is not there, and what no file can say unless somebody said it, is left out. */
  add<T>(setting: Setting<T>, { value, origin }: Sourced<T>, within: readonly string[] = []): void {
    const shown = setting.format.show(value);
    const key = setting.key ?? (origin.kind === 'environment' ? origin.name : undefined);
    if (shown !== undefined && key !== undefined) this.values.push({ path: [...within, key], value: shown, origin });
  }
}
