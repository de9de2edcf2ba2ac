import { hostname } from 'node:os';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { VERSION } from '../version.ts';

export interface ResourceInit {
  readonly serviceName: string;
  /** The peer id: the same after a restart, so that a restart is one counter reset and not a new instance. */
  readonly instanceId: string;
  /** They win over what is found here, but for `service.name`, which is a setting of its own. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Who sends this telemetry, by OpenTelemetry's semantic conventions. */
export function telemetryResource({ serviceName, instanceId, attributes }: ResourceInit): Resource {
  return resourceFromAttributes({
    'service.version': VERSION,
    'service.instance.id': instanceId,
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.sdk.language': 'nodejs',
    ...attributes,
    'service.name': serviceName,
  });
}
