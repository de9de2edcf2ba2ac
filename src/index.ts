/**
 * The library: measure a libp2p node you have (`Monitor`), or run the whole daemon in your process (`startDaemon`).
 */
export type { LoadedConfig } from './config/load.ts';
export type { Config } from './config/settings.ts';
export type { Environment, FlagTexts } from './config/sources.ts';
export { METRIC_ROWS, METRICS, type MetricKey } from './contract/metrics.ts';
export { NAMINGS, type Naming, prometheusName, prometheusType } from './contract/naming.ts';
export type { MetricRow } from './contract/row.ts';
export { metricViews } from './contract/views.ts';
export { type Daemon, type DaemonInit, startDaemon } from './daemon/daemon.ts';
export { loadConfig } from './daemon/load-config.ts';
export type { Summary } from './daemon/summary.ts';
export { type ErrorKind, EXIT, OperatorError } from './errors.ts';
export { createLogger, LOG_LEVELS, type Logger, type LogLevel } from './log/logger.ts';
export { Monitor, type MonitorInit } from './monitor.ts';
