import { Inject, Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationShutdown } from '@nestjs/common';
import type { InsiderClient } from '@parley/insider';
import { StatusWatch } from '@parley/delivery';
import { SpoolingSender } from '@parley/kafka';
import type { Bus } from '@parley/kafka';
import { Sender } from '@parley/sender';
import { CONFIGURATION } from './configuration/configuration.ts';
import type { Configuration } from './configuration/configuration.ts';
import { BUS } from './events/bus-token.ts';
import { EventPublisher } from './events/event-publisher.ts';
import { GatewayHealth } from './health/gateway-health.ts';
import { CLIENTS } from './sending/clients-token.ts';
import { STORES } from './sending/stores-token.ts';
import type { Stores } from './sending/stores.ts';
import { StopSteps } from './stop-steps.ts';
import type { Tracing } from './tracing/tracing.ts';
import { TRACING } from './tracing/tracing-token.ts';

/** How long the last events may take to be acknowledged. */
const FLUSH_MS = 5_000;

/** How long the last traces may take; they are the first to be lost. */
const LAST_TRACES_MS = 2_000;

/**
 * The order in which everything stops. Nest calls the first hook before it closes the transports and the second
 * after that, so that calls in flight are answered, and their events published, while both still stand.
 */
@Injectable()
export class Shutdown implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #configuration: Configuration;
  readonly #health: GatewayHealth;
  readonly #sender: Sender;
  readonly #events: EventPublisher;
  readonly #spooling: SpoolingSender;
  readonly #watch: StatusWatch;
  readonly #bus: Bus;
  readonly #clients: ReadonlyMap<string, InsiderClient>;
  readonly #stores: Stores;
  readonly #tracing: Tracing;
  readonly #steps = new StopSteps();
  readonly #transports = Promise.withResolvers<void>();
  #drained: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CONFIGURATION) configuration: Configuration,
    health: GatewayHealth,
    sender: Sender,
    events: EventPublisher,
    spooling: SpoolingSender,
    watch: StatusWatch,
    @Inject(BUS) bus: Bus,
    @Inject(CLIENTS) clients: ReadonlyMap<string, InsiderClient>,
    @Inject(STORES) stores: Stores,
    @Inject(TRACING) tracing: Tracing,
  ) {
    this.#configuration = configuration;
    this.#health = health;
    this.#sender = sender;
    this.#events = events;
    this.#spooling = spooling;
    this.#watch = watch;
    this.#bus = bus;
    this.#clients = clients;
    this.#stores = stores;
    this.#tracing = tracing;
  }

  /** What it still waits for, by name. */
  get unfinished(): readonly string[] {
    return this.#steps.unfinished;
  }

  /** Takes nothing new and lets what waits be sent; does not wait for it, because the transports close meanwhile. */
  beforeApplicationShutdown(): void {
    this.#health.leave();
    this.#watch.close();
    this.#drained = this.#steps.run('messages', this.#sender.close({ graceMs: this.#configuration.drainMs }));
    void this.#steps.run('calls and records', this.#transports.promise);
  }

  async onApplicationShutdown(): Promise<void> {
    this.#transports.resolve();
    await this.#drained;
    await this.#steps.run('events', this.#events.close({ timeoutMs: FLUSH_MS }));
    await this.#steps.run('spool', this.#spooling.close({ timeoutMs: FLUSH_MS }));
    await this.#steps.run('bus', this.#bus.close());
    const clients = [...this.#clients.values()].map((client) => client.close());
    await this.#steps.run('connections to the provider', Promise.all(clients));
    await this.#steps.run('state', this.#stores.close());
    await this.#steps.run('traces', this.#tracing.close({ timeoutMs: LAST_TRACES_MS }));
  }
}
