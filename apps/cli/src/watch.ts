import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { MessageStatus } from '@parley/contracts';
import type { WatchMessagesRequest, WatchMessagesResponse, WireStatusEvent } from '@parley/contracts';
import { describeCallError, readCallError } from './call-error.ts';
import { describeEvent } from './descriptions.ts';
import { callerMetadata, connect } from './service.ts';

export interface WatchOptions {
  readonly grpc: string;
  /** Empty: all. */
  readonly account: readonly string[];
  readonly id: readonly string[];
  readonly status: readonly MessageStatus[];
  /** Undefined: from now on. */
  readonly from?: Date;
  readonly token?: string;
  /** Ends once a message has come so far, or failed. Undefined: never. */
  readonly until?: MessageStatus;
  /** When it is given up, in milliseconds since 1970. Undefined: never. */
  readonly deadline?: number;
}

/** Where something is printed: events, and notes about the watch itself. */
export interface Printer {
  readonly event: (line: string) => void;
  readonly note: (line: string) => void;
}

/**
 * Prints status events as they come, each once. When the stream ends or breaks, it resumes from where it is told. Resolves
 * with the exit code 0 when a message has come as far as asked, and 1 when it failed before, when the gateway refuses to be
 * watched, or when none could be reached at the start.
 */
export async function watch(options: WatchOptions, print: Printer): Promise<number> {
  const { grpc, from, until } = options;
  const place: Place = { fromTime: from && timestampOf(from.getTime()), hasBegun: false };
  const printed = new LastEvents();
  for (;;) {
    try {
      for await (const event of eventsFrom(place, options)) {
        if (printed.add(event)) print.event(describeEvent(event));
        if (until !== undefined && hasCome(event.status, until)) return 0;
        if (until !== undefined && event.status === MessageStatus.MESSAGE_STATUS_FAILED) return 1;
      }
    } catch (thrown) {
      const error = thrown as ServiceError;
      for (const line of describeCallError(error, grpc)) print.note(line);
      const { resumeFrom, retryAfterMs } = readCallError(error);
      if (resumeFrom !== undefined) place.fromTime = timestampOf(Date.parse(resumeFrom));
      if (!RESUMABLE.has(error.code) || (!place.hasBegun && resumeFrom === undefined)) return 1;
      await sleep(retryAfterMs ?? RESUME_AFTER_MS);
    }
  }
}

const RESUME_AFTER_MS = 1_000;

/** The statuses are numbered in the order in which they come; failed, the last, follows none of them. */
function hasCome(status: MessageStatus, until: MessageStatus): boolean {
  return status === until || (status > until && status !== MessageStatus.MESSAGE_STATUS_FAILED);
}

/** Ends after which the same may be watched on; what was forgotten is only noted. */
const RESUMABLE: ReadonlySet<status> = new Set([
  status.UNAVAILABLE,
  status.RESOURCE_EXHAUSTED,
  status.OUT_OF_RANGE,
  // How grpc-js tells of connections that broke in the middle of a stream.
  status.INTERNAL,
  status.UNKNOWN,
  status.CANCELLED,
]);

/** How far a watch has come. */
interface Place {
  fromTime: WatchMessagesRequest['fromTime'];
  /** A gateway has answered. */
  hasBegun: boolean;
}

/** Those of one stream, to its end; moves the place on. @throws ServiceError */
async function* eventsFrom(
  place: Place,
  { grpc, account, id, status: statuses, token, deadline }: WatchOptions,
): AsyncGenerator<WireStatusEvent, void, undefined> {
  const service = connect(grpc);
  const request = { accounts: account, messageIds: id, statuses, fromTime: place.fromTime };
  const stream = service.watchMessages(
    request,
    callerMetadata(token),
    deadline === undefined ? {} : { deadline },
  );
  try {
    for await (const { event, resumeTime } of stream as AsyncIterable<WatchMessagesResponse>) {
      place.hasBegun = true;
      place.fromTime = resumeTime;
      if (event) yield event;
    }
  } finally {
    // Who breaks off has no use for how the call ends, which would else keep the process alive until its deadline.
    stream.on('error', () => undefined);
    stream.cancel();
    service.close();
  }
}

/** Events that come again after resuming are among the last ones. */
class LastEvents {
  readonly #last = new Set<string>();

  /** False when it was there. */
  add({ account, key, messageId, status: state, time }: WireStatusEvent): boolean {
    const name = JSON.stringify([account, key, messageId, state, time]);
    if (this.#last.has(name)) return false;
    this.#last.add(name);
    const [oldest] = this.#last;
    if (this.#last.size > MAX_LAST && oldest !== undefined) this.#last.delete(oldest);
    return true;
  }
}

const MAX_LAST = 10_000;

function timestampOf(ms: number): { readonly seconds: number; readonly nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
}
