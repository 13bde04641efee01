import { Controller, Get, Header, Inject } from '@nestjs/common';
import { StatusWatch } from '@parley/delivery';
import { SpoolingSender } from '@parley/kafka';
import { Sender } from '@parley/sender';
import { Registry } from 'prom-client';
import { STORES } from '../sending/stores-token.ts';
import type { Stores } from '../sending/stores.ts';
import { ConsumerWatch } from '../consumer/consumer-watch.ts';
import { lookUpConsumer } from './consumer-metrics.ts';
import { Metrics } from './metrics.ts';

@Controller('metrics')
export class MetricsController {
  readonly #metrics: Metrics;
  readonly #sender: Sender;
  readonly #spooling: SpoolingSender;
  readonly #watch: StatusWatch;
  readonly #stores: Stores;
  readonly #consumer: ConsumerWatch;

  constructor(
    metrics: Metrics,
    sender: Sender,
    spooling: SpoolingSender,
    watch: StatusWatch,
    @Inject(STORES) stores: Stores,
    consumer: ConsumerWatch,
  ) {
    this.#metrics = metrics;
    this.#sender = sender;
    this.#spooling = spooling;
    this.#watch = watch;
    this.#stores = stores;
    this.#consumer = consumer;
  }

  /** What this process counts, in the text format of Prometheus. */
  @Get()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  expose(): Promise<string> {
    this.#lookUp();
    return this.#metrics.registry.metrics();
  }

  /** States are told as they are now: some change without an event, such as the reason of a pause. */
  #lookUp(): void {
    const { accountPaused, messagesWaiting, redisConnected, spoolRecords, watchers } = this.#metrics;
    messagesWaiting.set(this.#sender.messagesWaiting);
    accountPaused.reset();
    for (const account of this.#sender.accounts) {
      const state = this.#sender.accountState(account);
      if (state?.kind === 'paused') accountPaused.set({ account, reason: state.error.reason }, 1);
      else accountPaused.set({ account, reason: '' }, 0);
    }
    watchers.set(this.#watch.watcherCount);
    lookUpConsumer(this.#metrics, this.#consumer.state());
    const { redis, spool } = this.#stores;
    if (spool) spoolRecords.set(this.#spooling.state().waiting);
    else spoolRecords.remove();
    if (redis) redisConnected.set(redis.available ? 1 : 0);
    else redisConnected.remove();
  }
}
