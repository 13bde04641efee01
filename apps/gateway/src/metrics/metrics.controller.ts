import { Controller, Get, Header, Inject } from '@nestjs/common';
import { StatusWatch } from '@parley/delivery';
import { SpoolingSender } from '@parley/kafka';
import { Sender } from '@parley/sender';
import { Registry } from 'prom-client';
import { EventPublisher } from '../events/event-publisher.ts';
import { STORES } from '../sending/stores-token.ts';
import type { Stores } from '../sending/stores.ts';
import { ConsumerWatch } from '../consumer/consumer-watch.ts';
import { lookUpAccounts } from './account-metrics.ts';
import { lookUpConsumer } from './consumer-metrics.ts';
import { Metrics } from './metrics.ts';

@Controller('metrics')
export class MetricsController {
  readonly #metrics: Metrics;
  readonly #sender: Sender;
  readonly #spooling: SpoolingSender;
  readonly #events: EventPublisher;
  readonly #watch: StatusWatch;
  readonly #stores: Stores;
  readonly #consumer: ConsumerWatch;

  constructor(
    metrics: Metrics,
    sender: Sender,
    spooling: SpoolingSender,
    events: EventPublisher,
    watch: StatusWatch,
    @Inject(STORES) stores: Stores,
    consumer: ConsumerWatch,
  ) {
    this.#metrics = metrics;
    this.#sender = sender;
    this.#spooling = spooling;
    this.#events = events;
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
    const { messagesWaiting, redisConnected, resultEventsWaiting, spoolRecords, watchers } = this.#metrics;
    messagesWaiting.set(this.#sender.messagesWaiting);
    lookUpAccounts(this.#metrics, this.#sender);
    watchers.set(this.#watch.watcherCount);
    resultEventsWaiting.set(this.#events.failing);
    lookUpConsumer(this.#metrics, this.#consumer.state());
    const { redis, spool } = this.#stores;
    if (spool) spoolRecords.set(this.#spooling.state().waiting);
    else spoolRecords.remove();
    if (redis) redisConnected.set(redis.available ? 1 : 0);
    else redisConnected.remove();
  }
}
