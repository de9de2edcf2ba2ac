import { noise } from '@libp2p/noise';
import { yamux } from '@libp2p/yamux';
import type { Lever } from '../config/levers.ts';
import { Tuning } from '../node/tuning/tuning.ts';
import type { LightParts } from './light-connection.ts';

/** What makes a connection cheaper; the other levers are for whole nodes. */
const LEVERS: readonly Lever[] = [
  'secure-channel',
  'muxer-frames',
  'window-updates',
  'handshake-keys',
  'event-listeners',
];

/** Noise and Yamux on the short way: the load generator is not to be what is measured. */
export function tunedParts(): Pick<LightParts, 'encrypter' | 'muxer'> {
  const tuning = new Tuning({
    levers: new Set(LEVERS),
    counts: { receivedBytes: 0, sentBytes: 0 },
    // It then works as libp2p comes, and the daemon is what says so.
    onUnusable: () => {},
  });
  // Streams of the server are negotiated as libp2p does it.
  const registrar = { getProtocols: () => [] };
  return {
    encrypter: tuning.encrypter(noise({ crypto: tuning.crypto() })),
    muxer: tuning.muxer(yamux({ enableKeepAlive: false }))({ registrar }),
  };
}
