import type { PrivateKey } from '@libp2p/interface';
import type { Config } from '../config/settings.ts';
import type { Environment } from '../config/sources.ts';
import { defaultKeyFile, ephemeralIdentity, loadIdentity } from '../node/identity.ts';

/** Who a daemon with this configuration is. Throws an OperatorError (`config`) for a key file that cannot be used. */
export function configuredIdentity(config: Config, env: Environment): Promise<PrivateKey> {
  const file = config.keyFile ?? defaultKeyFile(config.port, env);
  return file === undefined ? ephemeralIdentity() : loadIdentity(file);
}
