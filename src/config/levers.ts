/**
 * What can be done to libp2p to make it cheaper, each by itself; `src/node/tuning/` has a file of the same name for each.
 *
 * - `secure-channel`: one Noise message and one write a turn; no exception and no event for what is read
 * - `muxer-frames`: Yamux frames read and written where they lie; stands on `secure-channel`
 * - `stream-opening`: protocols of new streams accepted from their first data, in one piece; stands on `muxer-frames`
 * - `window-updates`: Yamux windows given back at half, not after every frame
 * - `protocol-book`: nothing written into the peer store for every stream
 * - `handshake-keys`: key objects and the signature of a handshake made once
 * - `event-listeners`: a plain list of listeners in libp2p's event emitters
 * - `pruning`: no list of all connections made for each new one
 * - `early-compilation`: what is called is compiled at its first call, not interpreted for the first minutes
 * - `young-generation`: V8's young generation kept at 8 MiB a half
 */
export const LEVERS = [
  'secure-channel',
  'muxer-frames',
  'stream-opening',
  'window-updates',
  'protocol-book',
  'handshake-keys',
  'event-listeners',
  'pruning',
  'early-compilation',
  'young-generation',
] as const;
export type Lever = (typeof LEVERS)[number];
