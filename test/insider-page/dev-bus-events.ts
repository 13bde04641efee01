import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { TOPICS } from '@parley/contracts';
import type { InboundEvent, StatusEvent } from '@parley/contracts';

/** The events of a gateway's in-process bus, as they come. */
export class DevBusEvents {
  readonly #events: { readonly topic: string; readonly value: string }[] = [];
  readonly #ending = new AbortController();
  #read: Promise<void> = Promise.resolve();

  static async listen(gatewayUrl: string): Promise<DevBusEvents> {
    const events = new DevBusEvents();
    const { body } = await fetch(`${gatewayUrl}/dev/bus/events`, { signal: events.#ending.signal });
    if (body === null) throw new Error('the gateway shows no events');
    events.#read = events.#take(Readable.fromWeb(body));
    return events;
  }

  get statuses(): readonly StatusEvent[] {
    return this.#on(TOPICS.status) as readonly StatusEvent[];
  }

  get inbound(): readonly InboundEvent[] {
    return this.#on(TOPICS.inbound) as readonly InboundEvent[];
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#read;
  }

  #on(topic: string): readonly unknown[] {
    return this.#events
      .filter((event) => event.topic === topic)
      .map(({ value }): unknown => JSON.parse(value));
  }

  async #take(stream: Readable): Promise<void> {
    try {
      for await (const line of createInterface({ input: stream })) {
        if (!line.startsWith('data: ')) continue;
        this.#events.push(JSON.parse(line.slice('data: '.length)) as { topic: string; value: string });
      }
    } catch (error) {
      if (!this.#ending.signal.aborted) throw error;
    }
  }
}
