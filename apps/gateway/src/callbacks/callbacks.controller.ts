import {
  Controller,
  HttpCode,
  Inject,
  Param,
  Post,
  Req,
  ServiceUnavailableException,
  UnauthorizedException,
} from '@nestjs/common';
import { parseCallback } from '@parley/insider';
import type { CallbackEvent } from '@parley/insider';
import { BusError } from '@parley/kafka';
import type { OutgoingRecord } from '@parley/kafka';
import { failureCode } from '@parley/sender';
import type { MessageStore, SentMessage } from '@parley/sender';
import type { FastifyRequest } from 'fastify';
import { PinoLogger } from 'nestjs-pino';
import { CONFIGURATION } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { EventPublisher } from '../events/event-publisher.ts';
import { readJsonBody } from '../http/json-body.ts';
import { Metrics } from '../metrics/metrics.ts';
import { STORES } from '../sending/stores-token.ts';
import type { Stores } from '../sending/stores.ts';
import { isAuthentic } from './callback-token.ts';
import { inboundRecord, quarantineRecord, statusRecord } from './mapping.ts';
import type { Receipt } from './mapping.ts';

/** The provider's callbacks. Answered with success only when every event of the body is on its topic for good. */
@Controller('callbacks/insider')
export class CallbacksController {
  readonly #configuration: Configuration;
  readonly #store: MessageStore;
  readonly #events: EventPublisher;
  readonly #metrics: Metrics;
  readonly #logger: PinoLogger;

  constructor(
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(STORES) stores: Stores,
    events: EventPublisher,
    metrics: Metrics,
    logger: PinoLogger,
  ) {
    this.#configuration = configuration;
    this.#store = stores.messages;
    this.#events = events;
    this.#metrics = metrics;
    this.#logger = logger;
  }

  @Post(':account')
  @HttpCode(200)
  async receive(@Param('account') account: string, @Req() request: FastifyRequest): Promise<object> {
    this.#authenticate(account, request);
    const receipt = { account, received: new Date(), topics: this.#configuration.topics };
    const records = await this.#read(request, receipt);
    try {
      await this.#events.publish(records);
    } catch (error) {
      // The provider tries again by its own schedule, for an hour.
      const cause = error instanceof BusError ? { code: error.code } : { err: error };
      this.#logger.warn({ ...cause, records: records.length }, 'a callback could not be published');
      throw new ServiceUnavailableException('not durable yet, send it again');
    }
    return { received: records.length };
  }

  #authenticate(account: string, request: FastifyRequest): void {
    const { accounts, callbackTokenHeader } = this.#configuration;
    const found = accounts.find(({ name }) => name === account);
    const header = request.headers[callbackTokenHeader];
    // An unknown account is refused like a wrong token: the answer does not tell which accounts there are.
    if (!found || !isAuthentic(header, callbackTokenHeader, found.callbackTokens)) {
      throw new UnauthorizedException();
    }
  }

  async #read(request: FastifyRequest, receipt: Receipt): Promise<OutgoingRecord[]> {
    const body = readJsonBody(request.body);
    if (body.kind === 'undecodable') return [this.#quarantine('not JSON', request, receipt)];
    const parsed = parseCallback(body.value);
    switch (parsed.kind) {
      case 'events': {
        const records = await this.#records(parsed.events, receipt);
        if (!records) return [this.#quarantine('nested too deeply to be passed on', request, receipt)];
        const [unread] = parsed.unread;
        return unread === undefined ? records : [...records, this.#quarantine(unread, request, receipt)];
      }
      case 'ignored':
        return [];
      case 'unreadable':
        return [this.#quarantine(parsed.why, request, receipt)];
    }
  }

  /** Undefined when one of them cannot be written as JSON: the provider's own object may be nested too deeply for it. */
  async #records(events: readonly CallbackEvent[], receipt: Receipt): Promise<OutgoingRecord[] | undefined> {
    const sent = await this.#findSent(events, receipt.account);
    try {
      return events.map((event, index) =>
        event.kind === 'inbound' ? inboundRecord(event, receipt) : statusRecord(event, sent[index], receipt),
      );
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** The message of each status. Without a store nobody knows: a status is worth more without its message than late. */
  async #findSent(
    events: readonly CallbackEvent[],
    account: string,
  ): Promise<readonly (SentMessage | undefined)[]> {
    const found = await Promise.allSettled(
      events.map(async (event) => {
        if (event.kind === 'inbound' || event.key === undefined) return undefined;
        return await this.#store.findByKey(account, event.key);
      }),
    );
    const failure = found.find((each) => each.status === 'rejected');
    if (failure) {
      const code = failureCode(failure.reason);
      this.#logger.warn({ event: 'store-failed', account, step: 'find', code });
      this.#metrics.storeFailures.inc({ account, step: 'find' });
    }
    return found.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
  }

  /** Keeps the whole body, whatever else was read from it. */
  #quarantine(why: string, { body }: FastifyRequest, receipt: Receipt): OutgoingRecord {
    this.#logger.warn({ account: receipt.account, why }, 'a callback nobody can read is quarantined');
    return quarantineRecord(Buffer.isBuffer(body) ? body : Buffer.alloc(0), why, receipt);
  }
}
