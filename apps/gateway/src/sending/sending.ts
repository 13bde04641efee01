import { Inject, Injectable } from '@nestjs/common';
import { Sender, sendError, systemClock } from '@parley/sender';
import type { OutboundMessage, SendError, SubmissionResult, SubmitOptions } from '@parley/sender';
import { PinoLogger } from 'nestjs-pino';
import { CONFIGURATION } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { EventPublisher } from '../events/event-publisher.ts';
import type { Publishing } from '../events/event-publisher.ts';
import { logSettled } from '../log/settled-line.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { TRACING } from '../tracing/tracing-token.ts';
import { resultRecord } from './result-event.ts';
import type { Source } from './result-event.ts';

export type Sent =
  /** None of the messages was taken. */
  | { readonly kind: 'refused'; readonly error: SendError; readonly retryAfterMs?: number }
  /** One result per message, in order. */
  | {
      readonly kind: 'ended';
      readonly results: readonly SubmissionResult[];
      /** Resolves with whether the broker acknowledged every settlement's result event. */
      readonly told: Promise<boolean>;
    };

/** What every way in does with valid messages of one account: send them, and tell the result topic how each ended. */
@Injectable()
export class Sending {
  readonly #sender: Sender;
  readonly #events: EventPublisher;
  readonly #configuration: Configuration;
  readonly #logger: PinoLogger;
  readonly #tracing: Tracing;

  constructor(
    sender: Sender,
    events: EventPublisher,
    @Inject(CONFIGURATION) configuration: Configuration,
    logger: PinoLogger,
    @Inject(TRACING) tracing: Tracing,
  ) {
    this.#sender = sender;
    this.#events = events;
    this.#configuration = configuration;
    this.#logger = logger;
    this.#tracing = tracing;
  }

  /**
   * Resolves when every message has ended, and its result event is durable, or could not be made so at the first attempt:
   * then that goes on, and the caller learns the truth about his messages without waiting for it.
   */
  async send(
    messages: readonly OutboundMessage[],
    { source, ...options }: SubmitOptions & { readonly source: Source },
  ): Promise<Sent> {
    // Who waits for the acknowledgement of each event bounds them himself.
    if (options.traffic === 'interactive' && this.#events.isBlocked) {
      return { kind: 'refused', error: sendError('EVENTS_BLOCKED'), retryAfterMs: 1000 };
    }
    const beganMs = systemClock.monotonicMs();
    const followed = messages.map((message) => this.#tracing.message(message, source));
    const submission = await this.#sender.submit(
      followed.map(({ message }) => message),
      options,
    );
    if (submission.kind === 'refused') {
      for (const each of followed) each.ended(submission);
      return submission;
    }
    const telling: Publishing[] = [];
    const results = await Promise.all(
      submission.results.map(async (result, index) => {
        const end = await result;
        const each = followed[index];
        each?.ended(end);
        if (end.kind === 'settled' && each) {
          const { message } = each;
          const durationMs = systemClock.monotonicMs() - beganMs;
          logSettled(this.#logger, { message, settlement: end, source, durationMs });
          const record = resultRecord({
            topic: this.#configuration.topics.result,
            message,
            settlement: end,
            source,
            now: new Date(),
          });
          const publishing = this.#events.publishSurely(record);
          // Refused while other messages still wait, it would end the process before it is told below.
          publishing.durable.catch(() => undefined);
          telling.push(publishing);
        }
        return end;
      }),
    );
    const told = Promise.all(telling.map(({ durable }) => durable)).then(
      () => true,
      (error: unknown) => {
        this.#logger.error({ err: error, messages: telling.length }, 'result events were not published');
        return false;
      },
    );
    await unlessAborted(Promise.all(telling.map(({ tried }) => tried)), options.signal);
    return { kind: 'ended', results, told };
  }
}

/** Resolves when the work has ended or nobody waits any more. */
async function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const give = (): void => resolve();
  signal.addEventListener('abort', give, { once: true });
  if (signal.aborted) give();
  await Promise.race([work, aborted]);
  signal.removeEventListener('abort', give);
}
