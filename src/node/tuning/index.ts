import type { ConnectionEncrypter, MessageStream, StreamMuxerFactory } from '@libp2p/interface';
import type { Registrar } from '@libp2p/interface-internal';
import { unlike } from './guard.ts';
import { tuneMuxer, YAMUX_MUXER, type YamuxMuxer } from './muxer-frames.ts';
import { NOISE_CONNECTION, type NoiseConnection, RAW_CONNECTION, type RawConnection, SecureChannel, type SocketMeter } from './secure-channel.ts';

const channels = new WeakMap<MessageStream, SecureChannel>();

export function tunedEncrypter<C>(inner: (components: C) => ConnectionEncrypter, meter: SocketMeter): (components: C) => ConnectionEncrypter {
  return (components) => {
    const encrypter = inner(components);
    const tuned = (raw: MessageStream, secured: MessageStream): void => {
      if (unlike(raw, RAW_CONNECTION).length + unlike(secured, NOISE_CONNECTION).length > 0) {
        console.error(unlike(raw, RAW_CONNECTION), unlike(secured, NOISE_CONNECTION));
        return;
      }
      channels.set(secured, new SecureChannel(raw as RawConnection, secured as NoiseConnection, meter));
    };
    return Object.assign(Object.create(encrypter), {
      async secureInbound(raw: MessageStream, options: never) {
        const result = await encrypter.secureInbound(raw, options);
        tuned(raw, result.connection);
        return result;
      },
      async secureOutbound(raw: MessageStream, options: never) {
        const result = await encrypter.secureOutbound(raw, options);
        tuned(raw, result.connection);
        return result;
      },
    });
  };
}

export function tunedMuxer<C extends { registrar: Registrar }>(inner: (components: C) => StreamMuxerFactory): (components: C) => StreamMuxerFactory {
  return (components) => {
    const factory = inner(components);
    return Object.assign(Object.create(factory), {
      createStreamMuxer(connection: MessageStream) {
        const muxer = factory.createStreamMuxer(connection);
        const channel = channels.get(connection);
        if (channel !== undefined && unlike(muxer, YAMUX_MUXER).length === 0) tuneMuxer(muxer as YamuxMuxer, connection, channel, () => components.registrar.getProtocols());
        else console.error(unlike(muxer, YAMUX_MUXER));
        return muxer;
      },
    });
  };
}
