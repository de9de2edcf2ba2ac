/**
 * The swarm of docker-compose.yml's demo: `node docker/demo-swarm.ts KEY_FILE ADDRESS [swarm options]`.
 *
 * A target is dialled by its address and its peer id. The address is known beforehand, the service's name; the peer id
 * is that of the key which the server has made at its first start, in the volume that both of them see.
 */
import { readFile } from 'node:fs/promises';
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';

const [keyFile = '', address = '', ...options] = process.argv.slice(2);
const peerId = peerIdFromPrivateKey(privateKeyFromProtobuf(await readFile(keyFile)));

process.argv.splice(2, Number.POSITIVE_INFINITY, 'swarm', '--dial', `${address}/p2p/${peerId}`, ...options);
await import(new URL('../dist/main.js', import.meta.url).href);
