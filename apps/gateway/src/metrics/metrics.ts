import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { HeldBackSeconds } from './held-back-seconds.ts';

/**
 * What a gateway counts, in a registry of its own: two gateways in one process do not add up. Names, labels and meanings
 * stand in docs/metrics.md, which a test holds against this list.
 *
 * Every label has a closed list of values, or names a configured account: no id, number or text ever becomes one.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #registers = [this.registry];

  readonly requests = this.#counter('parley_requests_total', 'Requests that came back from the provider.', [
    'account',
    'answer',
  ]);
  // Whoever is given up after the 10 seconds of the default comes just above them: it must not seem to take up to 30.
  readonly requestDuration = this.#histogram(
    'parley_request_duration_seconds',
    'From writing a request to its answer.',
    { labelNames: ['account'], buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 11, 30, 120] },
  );
  readonly requestMessages = this.#histogram(
    'parley_request_messages',
    'Messages that one request carried.',
    { labelNames: ['account'], buckets: [1, 2, 5, 10, 25, 50, 75, 100, 250, 500, 1000] },
  );
  readonly requestsPerSecondLimit = this.#gauge(
    'parley_requests_per_second_limit',
    'Requests in any sliding second that all replicas together may make.',
    ['account'],
  );
  readonly requestMessagesLimit = this.#gauge(
    'parley_request_messages_limit',
    'Messages that one request may carry.',
    ['account'],
  );
  readonly messagesSettled = this.#counter(
    'parley_messages_settled_total',
    'Messages that came to their end; the reason is empty when accepted.',
    ['account', 'outcome', 'reason', 'duplicate'],
  );
  readonly messageDuration = this.#histogram(
    'parley_message_duration_seconds',
    'From accepting a message to its end.',
    {
      labelNames: ['account', 'outcome'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86_400],
    },
  );
  readonly messagesUnsent = this.#counter(
    'parley_messages_unsent_total',
    'Messages that were given up, surely unsent.',
    ['account', 'reason'],
  );
  readonly messagesAmbiguous = this.#counter(
    'parley_messages_ambiguous_total',
    'Times that a message may have been sent and nobody can know.',
    ['account', 'policy', 'cause'],
  );
  readonly messagesRepeated = this.#counter(
    'parley_messages_repeated_total',
    'Messages in requests that an earlier request had carried.',
    ['account'],
  );
  readonly batchesSplit = this.#counter(
    'parley_batches_split_total',
    'Requests that were refused for one of several messages, which go on in smaller company.',
    ['account'],
  );
  readonly heldBack = new HeldBackSeconds(
    this.#counter(
      'parley_held_back_seconds_total',
      'Time for which the provider made this process hold back; overlaps count once.',
      ['account', 'cause'],
    ),
  );
  readonly calls = this.#counter(
    'parley_calls_total',
    'Calls that were answered at the doors of gRPC and HTTP, by their status.',
    ['door', 'method', 'code'],
  );
  readonly callbacks = this.#counter(
    'parley_callbacks_total',
    'Authenticated callbacks that were answered, by what became of them.',
    ['account', 'outcome'],
  );
  readonly callbacksRefused = this.#counter(
    'parley_callbacks_refused_total',
    'Callbacks without a valid token, or from an address that is not allowed.',
    ['reason'],
  );
  readonly newsTold = this.#counter(
    'parley_callback_news_told_total',
    'Statuses and inbound messages that became events, by whether their message was known.',
    ['account', 'correlation'],
  );
  readonly newsRepeated = this.#counter(
    'parley_callback_news_repeated_total',
    'Statuses and inbound messages that had been told before and were dropped.',
    ['account'],
  );
  readonly consumerLag = this.#gauge(
    'parley_consumer_lag_records',
    'Records of the owned partitions that are not settled; absent without the consumer role.',
    [],
  );
  readonly consumerInFlight = this.#gauge(
    'parley_consumer_records_in_flight',
    'Records that are being handled; absent without the consumer role.',
    [],
  );
  readonly consumerPaused = this.#gauge(
    'parley_consumer_partitions_paused',
    'Owned partitions that hold so many unsettled records that no more are fetched.',
    [],
  );
  readonly consumerStandstill = this.#gauge(
    'parley_consumer_standstill_seconds',
    'For how long there has been lag while nothing was settled; 0 without lag.',
    [],
  );
  readonly deadLetters = this.#counter(
    'parley_dead_letters_total',
    'Records that were put aside on the dead letter topic.',
    ['reason'],
  );
  readonly spoolRecords = this.#gauge(
    'parley_spool_records',
    'Events that wait in the spool for the event bus, over all replicas; absent without a spool.',
    [],
  );
  readonly spoolRecordsLimit = this.#gauge(
    'parley_spool_records_limit',
    'Events that may wait in the spool; absent without one.',
    [],
  );
  readonly spooled = this.#counter(
    'parley_spooled_total',
    'Events that this process put into the spool, because the event bus did not take them.',
    [],
  );
  readonly spoolDrained = this.#counter(
    'parley_spool_drained_total',
    'Events that this process took from the spool to the event bus.',
    [],
  );
  readonly resultEventsWaiting = this.#gauge(
    'parley_result_events_waiting',
    'Result events that neither the event bus nor the spool has taken, and that are tried again.',
    [],
  );
  readonly watchers = this.#gauge('parley_watchers', 'Open WatchMessages streams.', []);
  readonly storeFailures = this.#counter(
    'parley_store_failures_total',
    'Times that what replicas share could not be used at a step.',
    ['account', 'step'],
  );
  readonly permitsLocal = this.#gauge(
    'parley_permits_local',
    '1 while this process paces itself within its share, because Redis is away.',
    ['account'],
  );
  readonly redisClockSteps = this.#counter(
    'parley_redis_clock_steps_total',
    'Times that the clock of Redis was found to have been set.',
    ['account'],
  );
  readonly accountPaused = this.#gauge(
    'parley_account_paused',
    '1 while only probes are sent, with the reason; 0 without one otherwise.',
    ['account', 'reason'],
  );
  readonly messagesWaiting = this.#gauge(
    'parley_messages_waiting',
    'Messages that were submitted and have not ended, over all accounts.',
    [],
  );
  readonly messagesWaitingLimit = this.#gauge(
    'parley_messages_waiting_limit',
    'Messages that may wait in this process.',
    [],
  );
  readonly oldestMessageWaiting = this.#gauge(
    'parley_oldest_message_waiting_seconds',
    'For how long the oldest message that has not ended has been waiting; 0 when none waits.',
    ['account'],
  );
  readonly redisConnected = this.#gauge(
    'parley_redis_connected',
    '1 while Redis answers; absent without a REDIS_URL.',
    [],
  );
  readonly buildInfo = this.#gauge('parley_build_info', 'Always 1, with what is running.', ['version']);

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: this.#registers });
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    return new Gauge({ name, help, labelNames, registers: this.#registers });
  }

  #histogram<Label extends string>(
    name: string,
    help: string,
    shape: { readonly labelNames: readonly Label[]; readonly buckets: number[] },
  ): Histogram<Label> {
    return new Histogram({ name, help, ...shape, registers: this.#registers });
  }
}
