import { Inject, Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { StatusIntake } from '@parley/delivery';
import type { NewsVerdict, StatusLog, StatusNews, Taken, WatchedStatus } from '@parley/delivery';
import { parseCallback } from '@parley/insider';
import type { CallbackEvent } from '@parley/insider';
import { BusError } from '@parley/kafka';
import type { LateEnd, OutgoingRecord } from '@parley/kafka';
import { failureCode, systemClock } from '@parley/sender';
import type { WindowObservation } from '@parley/sender';
import { PinoLogger } from 'nestjs-pino';
import { CONFIGURATION } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { EventPublisher } from '../events/event-publisher.ts';
import { readJsonBody } from '../http/json-body.ts';
import { countIntakeEvent } from '../metrics/callback-metrics.ts';
import { Metrics } from '../metrics/metrics.ts';
import { STORES } from '../sending/stores-token.ts';
import type { Stores } from '../sending/stores.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { TRACING } from '../tracing/tracing-token.ts';
import { inboundRecord, quarantineRecords, statusError, statusRecord, statusTold } from './mapping.ts';
import type { Receipt } from './mapping.ts';
import { WindowObservations, windowObservationOf } from './window-observations.ts';

/** Longer than an event may take to Kafka or into the spool. */
const TELLING_LEASE_MS = 20_000;

export type Reception =
  /** Whatever the body says is on its topic, or in the spool, for good. */
  | { readonly kind: 'durable'; readonly events: number }
  /** Some of it is not: the provider has to send it again. */
  | { readonly kind: 'not-durable' };

/**
 * What becomes of one authenticated body: each of its news an event, unless it was told before, and what nobody can read a
 * record of the quarantine. Only then it is remembered as told.
 */
@Injectable()
export class CallbackReception implements BeforeApplicationShutdown {
  readonly #topics: Configuration['topics'];
  readonly #intake: StatusIntake;
  readonly #statusLog: StatusLog;
  readonly #windows: WindowObservations;
  readonly #events: EventPublisher;
  readonly #metrics: Metrics;
  readonly #logger: PinoLogger;
  readonly #tracing: Tracing;
  readonly #leaving = new AbortController();

  constructor(
    @Inject(CONFIGURATION) { topics, callbackWaitMs }: Configuration,
    @Inject(STORES) { deliveries, messages, statusLog, windows, replicaId }: Stores,
    events: EventPublisher,
    metrics: Metrics,
    logger: PinoLogger,
    @Inject(TRACING) tracing: Tracing,
  ) {
    this.#topics = topics;
    this.#statusLog = statusLog;
    this.#windows = new WindowObservations({
      windows,
      clock: systemClock,
      closing: this.#leaving.signal,
      onFailure: (account, error) => this.#storeFailed(account, 'window', error),
    });
    this.#events = events;
    this.#metrics = metrics;
    this.#logger = logger;
    this.#tracing = tracing;
    this.#intake = new StatusIntake({
      deliveries,
      messages,
      clock: systemClock,
      holder: replicaId,
      leaseMs: TELLING_LEASE_MS,
      overtakeMs: callbackWaitMs,
      onEvent: (event) => {
        countIntakeEvent(metrics, event);
        if (event.kind === 'store-failed') logger.debug({ event: event.kind, ...event });
      },
    });
  }

  /** Whoever waits for a message to become known waits no longer. */
  beforeApplicationShutdown(): void {
    this.#leaving.abort();
  }

  /** @param traceparent of the work on the callback, which its statuses are linked to */
  async receive(account: string, body: Buffer, traceparent?: unknown): Promise<Reception> {
    const receipt = { account, received: new Date(), traceparent, beganMs: systemClock.monotonicMs() };
    const json = readJsonBody(body);
    if (json.kind === 'undecodable') return await this.#quarantine(body, 'not JSON', receipt);
    const parsed = parseCallback(json.value);
    switch (parsed.kind) {
      case 'ignored':
        this.#count(account, 'ignored');
        if (parsed.errorCode !== undefined)
          this.#logger.warn(
            { account, code: parsed.errorCode },
            'the provider tells of trouble with the account',
          );
        return { kind: 'durable', events: 0 };
      case 'unreadable':
        return await this.#quarantine(body, parsed.why, receipt);
      case 'events': {
        const [unread] = parsed.unread;
        const [told, kept] = await Promise.all([
          this.#tell(parsed.events, receipt, body),
          unread === undefined ? undefined : this.#quarantine(body, unread, receipt),
        ]);
        return kept?.kind === 'not-durable' ? kept : told;
      }
    }
  }

  async #tell(events: readonly CallbackEvent[], receipt: Arrival, body: Buffer): Promise<Reception> {
    const { account } = receipt;
    const news = events.map((event) => newsOf(event, receipt));
    const taken = await this.#intake.take(account, news, this.#leaving.signal);
    let tellings: Telling[];
    try {
      tellings = events.flatMap((event, index) => {
        const verdict = taken.verdicts[index];
        return verdict?.kind === 'tell' ? [this.#telling(event, verdict, receipt)] : [];
      });
    } catch (error) {
      await this.#intake.notTold(taken);
      if (!(error instanceof RangeError)) throw error;
      return await this.#quarantine(body, 'nested too deeply to be passed on', receipt);
    }
    const published = await Promise.all(
      tellings.map(async (telling) => ({ telling, ...(await this.#publish(telling.record)) })),
    );
    const told = published.filter(({ durable }) => durable).map(({ telling }) => telling);
    const open = published.filter(({ durable }) => !durable);
    await this.#told(taken, told);
    await this.#notTold(
      taken,
      open.filter(({ late }) => late === undefined).map(({ telling }) => telling),
    );
    for (const { telling, late } of open) if (late) void this.#toldLate(taken, telling, late);
    if (taken.busy || open.length > 0) {
      this.#count(account, 'not-durable');
      return { kind: 'not-durable' };
    }
    this.#count(account, told.length > 0 ? 'told' : 'repeated');
    return { kind: 'durable', events: told.length };
  }

  async #told(taken: Taken, told: readonly Telling[]): Promise<void> {
    const { account } = taken;
    this.#follow(told, true);
    // Before they count as told: if the process died in between, no repetition would tell the window.
    await this.#observe(account, told);
    await Promise.all([
      this.#intake.told({ ...taken, verdicts: told.map(({ verdict }) => verdict) }),
      this.#log(account, told),
    ]);
  }

  async #notTold(taken: Taken, notTold: readonly Telling[]): Promise<void> {
    this.#follow(notTold, false);
    await this.#intake.notTold({ ...taken, verdicts: notTold.map(({ verdict }) => verdict) });
  }

  /**
   * A request that was never answered may have written it all the same. Until that is known it stays taken, so that the
   * provider's repetition does not tell it twice.
   */
  async #toldLate(taken: Taken, telling: Telling, late: Promise<LateEnd>): Promise<void> {
    if ((await late) === 'written') await this.#told(taken, [telling]);
    else await this.#notTold(taken, [telling]);
  }

  #telling(event: CallbackEvent, verdict: NewsVerdict & { kind: 'tell' }, receipt: Arrival): Telling {
    const { sent, news } = verdict;
    const phoneNumber = sent?.phoneNumber ?? event.phoneNumber;
    const window = windowObservationOf(event, {
      phoneNumber,
      receivedMs: receipt.received.getTime(),
      settledMs: sent?.settledMs,
    });
    if (event.kind === 'inbound') {
      return {
        verdict,
        window,
        receipt,
        status: undefined,
        record: inboundRecord(event, receipt, this.#topics.inbound),
      };
    }
    const known = { callback: event, key: news.key, wamid: news.wamid, sent };
    const status = statusTold(known, receipt);
    return { verdict, window, receipt, status, record: statusRecord(status, known, this.#topics.status) };
  }

  #follow(tellings: readonly Telling[], durable: boolean): void {
    for (const { status, verdict, receipt } of tellings) {
      if (!status) continue;
      this.#tracing.status({
        account: receipt.account,
        status: status.status,
        errorCode: status.error?.code,
        sent: verdict.sent,
        callbackTraceparent: receipt.traceparent,
        durationMs: systemClock.monotonicMs() - receipt.beganMs,
        durable,
      });
    }
  }

  async #quarantine(body: Buffer, why: string, receipt: Arrival): Promise<Reception> {
    const records = quarantineRecords(body, why, receipt, this.#topics.quarantine);
    const published = await Promise.all(records.map((record) => this.#publish(record)));
    if (published.some(({ durable }) => !durable)) {
      this.#count(receipt.account, 'not-durable');
      return { kind: 'not-durable' };
    }
    this.#count(receipt.account, 'quarantined');
    this.#logger.warn({ account: receipt.account, why }, 'a callback nobody can read is quarantined');
    return { kind: 'durable', events: 0 };
  }

  async #publish(record: OutgoingRecord): Promise<Published> {
    try {
      await this.#events.publish(record);
      return { durable: true };
    } catch (error) {
      this.#logger.debug({ code: failureCode(error) }, 'a callback could not be published');
      return { durable: false, late: error instanceof BusError ? error.late : undefined };
    }
  }

  async #log(account: string, told: readonly Telling[]): Promise<void> {
    const statuses = told.flatMap(({ status }) => status ?? []);
    if (statuses.length === 0) return;
    await this.#statusLog
      .append(account, statuses)
      .catch((error: unknown) => this.#storeFailed(account, 'log', error));
  }

  async #observe(account: string, told: readonly Telling[]): Promise<void> {
    await this.#windows.observe(
      account,
      told.flatMap(({ window }) => window ?? []),
    );
  }

  #storeFailed(account: string, step: 'log' | 'window', error: unknown): void {
    this.#metrics.storeFailures.inc({ account, step });
    this.#logger.debug({ event: 'store-failed', account, step, code: failureCode(error) });
  }

  #count(account: string, outcome: CallbackOutcome): void {
    this.#metrics.callbacks.inc({ account, outcome });
  }
}

interface Arrival extends Receipt {
  /** Of the work on the callback. */
  readonly traceparent: unknown;
  /** On the monotonic clock. */
  readonly beganMs: number;
}

/** What became of an authenticated callback. Of one that is too large, or one too many, nothing was read. */
export type CallbackOutcome =
  'told' | 'repeated' | 'ignored' | 'quarantined' | 'not-durable' | 'overloaded' | 'too-large';

interface Published {
  readonly durable: boolean;
  /** When it may have been written nevertheless. */
  readonly late?: Promise<LateEnd> | undefined;
}

/** One thing to tell, and what follows from its being told. */
interface Telling {
  readonly verdict: NewsVerdict & { kind: 'tell' };
  readonly record: OutgoingRecord;
  readonly receipt: Arrival;
  /** Of a status. */
  readonly status: WatchedStatus | undefined;
  readonly window: WindowObservation | undefined;
}

function newsOf(event: CallbackEvent, { received }: Receipt): StatusNews {
  const receivedMs = received.getTime();
  const timeMs = event.time?.getTime() ?? receivedMs;
  if (event.kind === 'inbound') return { wamid: event.wamid, status: 'inbound', timeMs, receivedMs };
  const { key, wamid, status, error } = event;
  return {
    ...(key !== undefined && { key }),
    ...(wamid !== undefined && { wamid }),
    status,
    timeMs,
    receivedMs,
    ...(error && { error: statusError(error) }),
  };
}
