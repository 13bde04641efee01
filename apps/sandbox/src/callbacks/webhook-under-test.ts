import { parseCallback } from '@parley/insider';
import { serve } from './receiver-under-test.ts';
import type { Receiver } from './receiver-under-test.ts';

/** A webhook that answers with the given statuses, the last of them from then on. */
export class WebhookUnderTest {
  readonly #receiver: Receiver;

  private constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  static async start(statuses: readonly number[] = [200]): Promise<WebhookUnderTest> {
    const left = [...statuses];
    let status = 200;
    const receiver = await serve((_request, response) => {
      status = left.shift() ?? status;
      response.writeHead(status).end();
    });
    return new WebhookUnderTest(receiver);
  }

  get url(): string {
    return `${this.#receiver.url}/hook`;
  }

  get bodies(): readonly unknown[] {
    return this.#receiver.requests.map(({ body }) => JSON.parse(body) as unknown);
  }

  get authorizations(): ReadonlySet<string | undefined> {
    return new Set(this.#receiver.requests.map(({ headers }) => headers.authorization));
  }

  /** What the callbacks told so far, as a receiver reads it: `accepted`, `inbound`. */
  get told(): readonly string[] {
    return this.bodies.flatMap((body) => {
      const parsed = parseCallback(body);
      if (parsed.kind !== 'events') return [parsed.kind];
      return parsed.events.map((event) => (event.kind === 'status' ? event.status : event.kind));
    });
  }

  received(count: number): Promise<void> {
    return this.#receiver.received(count);
  }
}
