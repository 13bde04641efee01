import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { SpoolingSender } from '@parley/kafka';
import type { Bus } from '@parley/kafka';
import { Sender } from '@parley/sender';
import { ConsumerWatch } from '../consumer/consumer-watch.ts';
import { BUS } from '../events/bus-token.ts';
import { STORES } from '../sending/stores-token.ts';
import type { Stores } from '../sending/stores.ts';

/**
 * A member of the group fetches four times a second. Longer than all that the client may spend on retrying while a broker
 * does not answer: by then it has either gone on, or left the group and begun anew.
 */
const CONSUMER_STANDSTILL_MS = 6 * 60_000;

/** Without a pause of an account something is settled far more often: a request and its repetitions take less. */
const NOTHING_SETTLED_MS = 3 * 60_000;

/** What this process knows of itself and of what it depends on. Asks nobody: each answer is at hand. */
@Injectable()
export class GatewayHealth {
  readonly #indicators: HealthIndicatorService;
  readonly #bus: Bus;
  readonly #sender: Sender;
  readonly #spooling: SpoolingSender;
  readonly #stores: Stores;
  readonly #consumer: ConsumerWatch;
  #phase: 'starting' | 'serving' | 'leaving' = 'starting';

  constructor(
    indicators: HealthIndicatorService,
    @Inject(BUS) bus: Bus,
    sender: Sender,
    spooling: SpoolingSender,
    @Inject(STORES) stores: Stores,
    consumer: ConsumerWatch,
  ) {
    this.#indicators = indicators;
    this.#bus = bus;
    this.#sender = sender;
    this.#spooling = spooling;
    this.#stores = stores;
    this.#consumer = consumer;
  }

  /** Every listener is up. */
  begin(): void {
    this.#phase = 'serving';
  }

  /** Nothing new is taken any more. */
  leave(): void {
    this.#phase = 'leaving';
  }

  get accountNames(): readonly string[] {
    return this.#sender.accounts;
  }

  /** The event loop turns: it ran this. */
  process(): HealthIndicatorResult {
    return this.#indicators.check('process').up();
  }

  /**
   * A consumer that stopped without saying so: a member of its group that does not fetch any more, or one that has
   * forgotten records without settling them. One that is away from its broker, or waits for the provider, is alive.
   */
  consumer(): HealthIndicatorResult {
    const indicator = this.#indicators.check('consumer');
    // The in-process bus fetches nothing, and cannot die alone.
    const consumers = this.#bus.kind === 'kafka' ? this.#bus.state().consumers : [];
    const standsStill = consumers.some(
      ({ connected, sinceMs, lastProgressMs = sinceMs }) =>
        connected && performance.now() - Math.max(sinceMs, lastProgressMs) > CONSUMER_STANDSTILL_MS,
    );
    if (standsStill) return indicator.down({ reason: 'member of its group, and fetches nothing' });
    const state = this.#consumer.state();
    const hasForgotten = state && state.unsettled > 0 && state.inFlight === 0 && state.waiting === 0;
    return hasForgotten && state.standstillMs > CONSUMER_STANDSTILL_MS
      ? indicator.down({ reason: 'has records that are not settled, and handles none' })
      : indicator.up();
  }

  /** Whether records are settled. That none are while an account is paused is told by the account. */
  consuming(): HealthIndicatorResult {
    const indicator = this.#indicators.check('consumer');
    const { lag = 0n, standstillMs = 0 } = this.#consumer.state() ?? {};
    const isExplained = this.accountNames.some((name) => this.#sender.accountState(name)?.kind === 'paused');
    const facts = { lag: Number(lag), standstillSeconds: Math.round(standstillMs / 1000) };
    return standstillMs > NOTHING_SETTLED_MS && !isExplained
      ? indicator.degraded(facts)
      : indicator.up(facts);
  }

  /** Stays up once it was. */
  started(): HealthIndicatorResult {
    const indicator = this.#indicators.check('gateway');
    return this.#phase === 'starting' ? indicator.down({ phase: this.#phase }) : indicator.up();
  }

  serving(): HealthIndicatorResult {
    const indicator = this.#indicators.check('gateway');
    return this.#phase === 'serving' ? indicator.up() : indicator.down({ phase: this.#phase });
  }

  bus(): HealthIndicatorResult {
    const { producer, consumers } = this.#bus.state();
    const connected = producer.connected && consumers.every((consumer) => consumer.connected);
    const indicator = this.#indicators.check('bus');
    const facts = { kind: this.#bus.kind, connected };
    return connected ? indicator.up(facts) : indicator.degraded(facts);
  }

  /** Without Redis, limit and ids are kept in this process alone: it serves on, within its share of the limit. */
  state(): HealthIndicatorResult {
    const { redis } = this.#stores;
    const indicator = this.#indicators.check('state');
    if (!redis) return indicator.up({ kind: 'memory' });
    const facts = { kind: 'redis', connected: redis.available };
    return redis.available ? indicator.up(facts) : indicator.degraded(facts);
  }

  /** Events wait there while the bus is away, and for a while after that. */
  spool(): HealthIndicatorResult {
    const indicator = this.#indicators.check('spool');
    if (!this.#stores.spool) return indicator.up({ kind: 'none' });
    const { waiting, spoolAway } = this.#spooling.state();
    const facts = { waiting, connected: !spoolAway };
    return waiting > 0 || spoolAway ? indicator.degraded(facts) : indicator.up(facts);
  }

  account(name: string): HealthIndicatorResult {
    const indicator = this.#indicators.check(`account ${name}`);
    const state = this.#sender.accountState(name);
    return state?.kind === 'paused' ? indicator.degraded({ reason: state.error.reason }) : indicator.up();
  }
}
