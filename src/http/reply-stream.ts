import type { ServerResponse } from 'node:http';
import type { ReplyStream } from './reply.ts';

/** The body of a response whose head is sent. */
export function replyStream(response: ServerResponse): ReplyStream {
  const isOpen = (): boolean => !response.destroyed && !response.writableEnded;
  return {
    write: (bytes) => void (isOpen() && response.write(bytes)),
    get backlogBytes() {
      return response.writableLength;
    },
    end: () => void (isOpen() && response.end()),
    drop: () => void response.destroy(),
    onClosed: (then) => void response.once('close', then),
  };
}
