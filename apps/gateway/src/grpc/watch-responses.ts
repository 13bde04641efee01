import { once } from 'node:events';
import { Metadata } from '@grpc/grpc-js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { RpcException } from '@nestjs/microservices';
import type { WatchMessagesResponse } from '@parley/contracts';
import type { WatchEnd, Watching } from '@parley/delivery';
import { sendError } from '@parley/sender';
import { notSent, questionFailed } from './errors.ts';
import { watchedEvent } from './tracking-mapping.ts';

/** How long a caller may read nothing while something waits for him. */
const DRAIN_TIMEOUT_MS = 30_000;

/**
 * The events of one watch, no faster than its caller reads them, until one side ends it. The response's headers go out as
 * soon as nothing that is told from then on can be missed.
 *
 * @throws the status that the stream ends with
 */
export async function* watchResponses(
  { ready, items }: Watching & { kind: 'watching' },
  call: ServerWritableStream<unknown, WatchMessagesResponse>,
): AsyncGenerator<WatchMessagesResponse, void, undefined> {
  await ready;
  if (!call.cancelled) call.sendMetadata(new Metadata());
  for await (const item of items) {
    if (item.kind === 'ended') throw failureOf(item.reason, item.resumeTimeMs);
    const reachedMs = Number(item.entry.position.split('-')[0]);
    yield { event: watchedEvent(item.entry.status) };
    if (!(await isDrained(call))) throw failureOf('too-slow', reachedMs);
  }
}

async function isDrained(call: ServerWritableStream<unknown, unknown>): Promise<boolean> {
  if (!call.writableNeedDrain || call.cancelled) return true;
  const signal = AbortSignal.timeout(DRAIN_TIMEOUT_MS);
  const drained = once(call, 'drain', { signal });
  const cancelled = once(call, 'cancelled', { signal });
  try {
    await Promise.race([drained, cancelled]);
    return true;
  } catch {
    return false;
  } finally {
    // Whichever did not come is given up by the signal, later.
    drained.catch(() => undefined);
    cancelled.catch(() => undefined);
  }
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
      return notSent(sendError('SHUTTING_DOWN'));
  }
}
