import { Metadata } from '@grpc/grpc-js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { RpcException } from '@nestjs/microservices';
import type { WatchMessagesResponse } from '@parley/contracts';
import type { WatchEnd, Watching } from '@parley/delivery';
import { sendError } from '@parley/sender';
import { notSent, questionFailed } from './errors.ts';
import { timestampOf } from './moment.ts';
import { watchedEvent } from './tracking-mapping.ts';

/** How long a caller may read nothing while something waits for it. */
const DRAIN_TIMEOUT_MS = 30_000;

/**
 * The events of one watch, no faster than its caller reads them, until one side ends it. The response's headers go out as
 * soon as nothing that is told from then on can be missed. While nothing comes, responses without an event tell from when to
 * resume: at the beginning, and every 30 seconds.
 *
 * @throws the status that the stream ends with
 */
export async function* watchResponses(
  { ready, items, resumeTimeMs }: Watching & { kind: 'watching' },
  call: ServerWritableStream<unknown, WatchMessagesResponse>,
  drainTimeoutMs = DRAIN_TIMEOUT_MS,
): AsyncGenerator<WatchMessagesResponse, void, undefined> {
  await ready;
  if (!call.cancelled) {
    call.sendMetadata(new Metadata());
    yield { event: undefined, resumeTime: timestampOf(resumeTimeMs()) };
  }
  for await (const item of items) {
    if (item.kind === 'ended') throw failureOf(item.reason, resumeTimeMs());
    const event = item.kind === 'entry' ? watchedEvent(item.entry.status) : undefined;
    yield { event, resumeTime: timestampOf(resumeTimeMs()) };
    if (!(await isDrained(call, drainTimeoutMs))) throw failureOf('too-slow', resumeTimeMs());
  }
}

function isDrained(call: ServerWritableStream<unknown, unknown>, timeoutMs: number): Promise<boolean> {
  if (!call.writableNeedDrain || call.cancelled) return Promise.resolve(true);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const goOn = (): void => resolve(true);
  const timer = setTimeout(() => resolve(false), timeoutMs);
  call.once('drain', goOn);
  call.once('cancelled', goOn);
  return promise.finally(() => {
    clearTimeout(timer);
    call.off('drain', goOn);
    call.off('cancelled', goOn);
  });
}

function failureOf(reason: WatchEnd, resumeTimeMs: number): RpcException {
  const resume = { resume_from: new Date(resumeTimeMs).toISOString() };
  switch (reason) {
    case 'too-slow':
      return questionFailed('WATCHER_TOO_SLOW', resume);
    case 'gap':
      return questionFailed('EVENTS_FORGOTTEN', resume);
    case 'log-away':
      return questionFailed('STATE_UNAVAILABLE', resume);
    case 'closed':
      return notSent(sendError('SHUTTING_DOWN'), undefined, resume);
  }
}
