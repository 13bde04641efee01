import type { CallbackBook } from '../callbacks/callback-book.ts';
import type { MessageStore } from '../messages/message-store.ts';
import type { RequestLog } from '../requests/request-log.ts';

/** All that is kept, one JSON object a line, made as it is read: what comes in meanwhile may be among it or not. */
export function* exportLines({
  messages,
  requests,
  callbacks,
}: {
  readonly messages: MessageStore;
  readonly requests: RequestLog;
  readonly callbacks: CallbackBook;
}): Generator<string> {
  for (const request of requests.latest({ limit: Infinity, refused: false }).toReversed())
    yield line({ kind: 'request', ...request });
  for (const { direction, message } of messages.entries()) yield line({ kind: direction, ...message });
  for (const callback of callbacks.find({ limit: Infinity })) yield line({ kind: 'callback', ...callback });
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
