import { EventEmitter } from 'node:events';
import type { Metadata, ServerWritableStream } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import type { RpcException } from '@nestjs/microservices';
import { ErrorInfo, Status } from '@parley/contracts';
import type { WatchMessagesResponse } from '@parley/contracts';
import type { WatchItem } from '@parley/delivery';
import { until } from '@parley/testing';
import { momentOf } from './moment.ts';
import { watchResponses } from './watch-responses.ts';

const RESUME_MS = Date.parse('2030-01-01T10:00:00Z');
const TOLD: WatchItem = {
  kind: 'entry',
  entry: {
    position: `${Date.parse('2030-01-01T12:00:00Z')}-1`,
    status: { account: 'a', key: 'k', status: 'sent', time: 'T', receivedTime: 'T' },
  },
};

/** The server's side of a call, of which only what a watch uses is there. */
class FakeCall extends EventEmitter {
  readonly cancelled = false;
  readonly writableNeedDrain: boolean;
  readonly sendMetadata = (): void => undefined;

  constructor({ needsDrain = true } = {}) {
    super();
    this.writableNeedDrain = needsDrain;
  }
}

function responses(items: readonly WatchItem[], call: FakeCall, drainTimeoutMs?: number) {
  const watching = {
    kind: 'watching' as const,
    ready: Promise.resolve(),
    // eslint-disable-next-line @typescript-eslint/require-await
    items: (async function* () {
      yield* items;
    })(),
    resumeTimeMs: () => RESUME_MS,
  };
  const typed = call as unknown as ServerWritableStream<unknown, WatchMessagesResponse>;
  return watchResponses(watching, typed, drainTimeoutMs);
}

/** Of the failure that responses end with. */
async function errorInfoOf(
  responsesToCome: AsyncIterable<WatchMessagesResponse>,
): Promise<ErrorInfo | undefined> {
  try {
    for await (const response of responsesToCome) expect(response.resumeTime).toBeDefined();
    return undefined;
  } catch (failure) {
    const { metadata } = (failure as RpcException).getError() as { metadata: Metadata };
    const [bytes] = metadata.get('grpc-status-details-bin');
    const details = Status.decode(bytes as Buffer).details;
    const found = details.find(({ typeUrl }) => typeUrl.endsWith('ErrorInfo'));
    return found && ErrorInfo.decode(found.value);
  }
}

describe('watchResponses', () => {
  it('tells from when to resume, should the connection break: at once, with each event, and while none comes', async () => {
    const told: WatchMessagesResponse[] = [];
    const call = new FakeCall({ needsDrain: false });
    for await (const response of responses([TOLD, { kind: 'quiet' }], call)) told.push(response);
    expect(told.map(({ event }) => event?.key)).toEqual([undefined, 'k', undefined]);
    for (const { resumeTime } of told) expect(resumeTime && momentOf(resumeTime)).toBe(RESUME_MS);
  });

  it.each([
    ['too-slow', 'WATCHER_TOO_SLOW'],
    ['gap', 'EVENTS_FORGOTTEN'],
    ['log-away', 'STATE_UNAVAILABLE'],
    ['closed', 'SHUTTING_DOWN'],
  ] as const)('ends as %s with the moment to resume from', async (reason, expected) => {
    const info = await errorInfoOf(responses([{ kind: 'ended', reason }], new FakeCall()));
    expect(info?.reason).toBe(expected);
    expect(info?.metadata).toEqual({ resume_from: new Date(RESUME_MS).toISOString() });
  });

  it('ends with the same moment, and not that of the last event, for who does not read', async () => {
    const info = await errorInfoOf(responses([TOLD, TOLD], new FakeCall(), 20));
    expect(info?.reason).toBe('WATCHER_TOO_SLOW');
    expect(info?.metadata).toEqual({ resume_from: new Date(RESUME_MS).toISOString() });
  });

  it('leaves nothing behind on the call, however often it waits for its caller', async () => {
    const call = new FakeCall();
    const told = Array.from({ length: 20 }, () => TOLD);
    let drains = 0;
    for await (const { event } of responses(told, call)) {
      if (!event) continue;
      void until('it waits', () => call.listenerCount('drain') > 0).then(() => call.emit('drain'));
      drains += 1;
    }
    expect(drains).toBe(20);
    expect(call.eventNames()).toEqual([]);
  });
});
