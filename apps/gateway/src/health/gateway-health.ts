import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import type { Bus } from '@parley/kafka';
import { Sender } from '@parley/sender';
import { BUS } from '../events/bus-token.ts';
import { STORES } from '../sending/stores-token.ts';
import type { Stores } from '../sending/stores.ts';

/** What this process knows of itself and of what it depends on. Asks nobody: each answer is at hand. */
@Injectable()
export class GatewayHealth {
  readonly #indicators: HealthIndicatorService;
  readonly #bus: Bus;
  readonly #sender: Sender;
  readonly #stores: Stores;
  #phase: 'starting' | 'serving' | 'leaving' = 'starting';

  constructor(
    indicators: HealthIndicatorService,
    @Inject(BUS) bus: Bus,
    sender: Sender,
    @Inject(STORES) stores: Stores,
  ) {
    this.#indicators = indicators;
    this.#bus = bus;
    this.#sender = sender;
    this.#stores = stores;
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

  account(name: string): HealthIndicatorResult {
    const indicator = this.#indicators.check(`account ${name}`);
    const state = this.#sender.accountState(name);
    return state?.kind === 'paused' ? indicator.degraded({ reason: state.error.reason }) : indicator.up();
  }
}
