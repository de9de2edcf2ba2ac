import { publicKeyToProtobuf } from '@libp2p/crypto/keys';
import type { PrivateKey, Stream, StreamMuxer } from '@libp2p/interface';
import { handle } from '@libp2p/multistream-select';
import { PING_PROTOCOL } from '../contract/vocabulary.ts';
import { echo } from '../node/ping-responder.ts';
import { VERSION } from '../version.ts';

const IDENTIFY_PROTOCOL = '/ipfs/id/1.0.0';

const SPOKEN = [PING_PROTOCOL, IDENTIFY_PROTOCOL];

/**
 * Answers the streams a server opens to a light peer: who it is, and its pings. Every other protocol is declined in the
 * negotiation.
 */
export function answerStreams(muxer: StreamMuxer, identity: PrivateKey): void {
  muxer.addEventListener('stream', ({ detail: stream }) => {
    answer(stream, identity).catch((error) => stream.abort(error));
  });
}

async function answer(stream: Stream, identity: PrivateKey): Promise<void> {
  // Without a deadline of its own: a timer each would cost more than the stream, and all end with the connection.
  stream.protocol = await handle(stream, SPOKEN);
  if (stream.protocol === PING_PROTOCOL) {
    echo(stream);
    return;
  }
  stream.send(identifyMessage(identity));
  await stream.close();
}

/** Field numbers of the identify message (libp2p specs, identify/README.md). */
const FIELD = { publicKey: 1, protocols: 3, protocolVersion: 5, agentVersion: 6 } as const;

/**
 * The identify message of a light peer, its length in front: protobuf, whose fields are all bytes here. It names no
 * addresses, for it listens nowhere.
 */
export function identifyMessage(identity: PrivateKey): Uint8Array {
  const message = Buffer.concat([
    bytesField(FIELD.protocolVersion, Buffer.from('ipfs/0.1.0')),
    bytesField(FIELD.agentVersion, Buffer.from(`peermeter-swarm/${VERSION}`)),
    bytesField(FIELD.publicKey, publicKeyToProtobuf(identity.publicKey)),
    ...SPOKEN.map((protocol) => bytesField(FIELD.protocols, Buffer.from(protocol))),
  ]);
  return Buffer.concat([varint(message.byteLength), message]);
}

/** Wire type 2: a length, and so many bytes. */
function bytesField(field: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.byteLength), bytes]);
}

/** Seven bits a byte, the lowest first; the highest bit says that another follows. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}
