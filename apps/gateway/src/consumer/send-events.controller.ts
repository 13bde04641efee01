import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { RecordContext } from '@parley/kafka';
import type { IncomingRecord, RecordVerdict } from '@parley/kafka';
import { CONFIGURATION } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { Sending } from '../sending/sending.ts';
import { recordEntrance } from '../tracing/entrances.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { TRACING } from '../tracing/tracing-token.ts';
import { readSendEvent } from './mapping.ts';

/** The pattern that the transport gives the send topic. */
export const SEND_PATTERN = 'send';

@Controller()
export class SendEventsController {
  readonly #sending: Sending;
  readonly #configuration: Configuration;
  readonly #tracing: Tracing;

  constructor(
    sending: Sending,
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(TRACING) tracing: Tracing,
  ) {
    this.#sending = sending;
    this.#configuration = configuration;
    this.#tracing = tracing;
  }

  /** A record is done when its result event is acknowledged; what was not sent is delivered again. */
  @EventPattern<typeof SEND_PATTERN>(SEND_PATTERN)
  async send(@Payload() record: IncomingRecord, @Ctx() { signal }: RecordContext): Promise<RecordVerdict> {
    const entrance = recordEntrance(record, this.#configuration.consumerGroupId);
    return await this.#tracing.within(entrance, (traceparent) =>
      this.#settle(record, { traceparent, signal }),
    );
  }

  async #settle(
    record: IncomingRecord,
    { traceparent, signal }: { readonly traceparent: unknown; readonly signal: AbortSignal },
  ): Promise<RecordVerdict> {
    const { ambiguousSends, accounts } = this.#configuration;
    const reading = readSendEvent(record.value, { ambiguousSends, nowMs: Date.now(), traceparent });
    if (reading.kind === 'invalid') return { ...reading, kind: 'dead-letter' };
    const { message } = reading;
    if (!accounts.some(({ name }) => name === message.account)) {
      return { kind: 'dead-letter', reason: 'ACCOUNT_UNKNOWN', message: 'account must be configured here' };
    }
    const sent = await this.#sending.send([message], { source: 'kafka', traffic: 'bulk', signal });
    if (sent.kind === 'refused' || sent.results.some(({ kind }) => kind === 'unsent')) {
      return { kind: 'abandoned' };
    }
    return { kind: (await sent.told) ? 'done' : 'abandoned' };
  }
}
