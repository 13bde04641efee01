import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { RecordContext } from '@parley/kafka';
import type { IncomingRecord, RecordVerdict } from '@parley/kafka';
import { CONFIGURATION } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { Sending } from '../sending/sending.ts';
import { readSendEvent } from './mapping.ts';

/** The pattern that the transport gives the send topic. */
export const SEND_PATTERN = 'send';

@Controller()
export class SendEventsController {
  readonly #sending: Sending;
  readonly #configuration: Configuration;

  constructor(sending: Sending, @Inject(CONFIGURATION) configuration: Configuration) {
    this.#sending = sending;
    this.#configuration = configuration;
  }

  /** A record is done when its result event is acknowledged; what was not sent is delivered again. */
  @EventPattern<typeof SEND_PATTERN>(SEND_PATTERN)
  async send(@Payload() record: IncomingRecord, @Ctx() { signal }: RecordContext): Promise<RecordVerdict> {
    const { ambiguousSends, accounts } = this.#configuration;
    const reading = readSendEvent(record, { ambiguousSends, nowMs: Date.now() });
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
