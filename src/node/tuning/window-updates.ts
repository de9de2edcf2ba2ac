import type { Layer } from '../layer.ts';
import { STREAM_STATE, type YamuxStream } from './yamux-parts.ts';

/**
 * Gives the remote its window back when half of it is used, and not after every frame: a ping of 32 bytes needs no frame
 * of its own to say that 262,112 of 262,144 bytes are left. Updates that open or accept a stream go out at once.
 */
export const OVER_WINDOW: Layer<YamuxStream> = ({ sendWindowUpdate }) => ({
  sendWindowUpdate() {
    const { state } = this;
    const isPlain = state !== STREAM_STATE.init && state !== STREAM_STATE.synReceived && state !== STREAM_STATE.paused;
    if (isPlain && this.recvWindowCapacity > this.recvWindow / 2) return;
    sendWindowUpdate.call(this);
  },
});
