import { format } from 'node:util';
import type { ComponentLogger, Logger as Libp2pLogger } from '@libp2p/interface';
import type { Logger } from '../log/logger.ts';

/** libp2p's own words, said at debug level. */
export function libp2pLogger(log: Logger): ComponentLogger {
  return { forComponent: (component) => componentLogger(log, component) };
}

function componentLogger(log: Logger, component: string): Libp2pLogger {
  const write = (template: unknown, ...values: unknown[]): void => {
    if (log.isEnabled('debug')) log.debug(format(plainTemplate(template), ...values.map(plain)), { component });
  };
  return Object.assign(write, {
    enabled: true,
    error: write,
    // One line a byte counted: too much for anybody.
    trace: () => {},
    newScope: (scope: string) => componentLogger(log, `${component}:${scope}`),
  });
}

/** libp2p's formatters (%e error, %p peer, %a address …) are all text here. */
function plainTemplate(template: unknown): string {
  return String(template).replace(/%[eptkbamc]/g, '%s');
}

function plain(value: unknown): unknown {
  if (value instanceof Error) return value.message;
  const hasText = typeof value === 'object' && value !== null && value.toString !== Object.prototype.toString;
  return hasText ? String(value) : value;
}

const silence = Object.assign(() => {}, {
  enabled: false,
  error: () => {},
  trace: () => {},
  newScope: (): Libp2pLogger => silence,
});

/** For nodes nobody listens to: no text is ever put together. */
export const silentLibp2pLogger: ComponentLogger = { forComponent: () => silence };
