import { randomUUID } from 'node:crypto';
import { BadRequestException, Controller, HttpCode, Inject, Param, Post, Req, Sse } from '@nestjs/common';
import type { BeforeApplicationShutdown, MessageEvent } from '@nestjs/common';
import type { Bus } from '@parley/kafka';
import type { FastifyRequest } from 'fastify';
import { Observable, Subject, takeUntil } from 'rxjs';
import { CONFIGURATION } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { BUS } from '../events/bus-token.ts';
import { readJsonBody } from '../http/json-body.ts';

/**
 * A door to the in-process bus, which no other process can reach otherwise: for development without Kafka. Not there
 * with Kafka, nor in production.
 */
@Controller('dev/bus')
export class DevBusController implements BeforeApplicationShutdown {
  readonly #bus: Bus;
  readonly #configuration: Configuration;
  readonly #leaving = new Subject<void>();

  constructor(@Inject(BUS) bus: Bus, @Inject(CONFIGURATION) configuration: Configuration) {
    this.#bus = bus;
    this.#configuration = configuration;
  }

  /** Puts the body on a topic, keyed by its `phoneNumber` when it has one. */
  @Post(':topic')
  @HttpCode(202)
  async produce(@Param('topic') topic: string, @Req() { body }: FastifyRequest): Promise<object> {
    if (!Object.values(this.#configuration.topics).includes(topic)) {
      throw new BadRequestException('topic must be one of the configured topics');
    }
    if (!Buffer.isBuffer(body)) throw new BadRequestException('the body is missing');
    const json = readJsonBody(body);
    const event: unknown = json.kind === 'json' ? json.value : undefined;
    const key = hasPhoneNumber(event) ? event.phoneNumber : null;
    await this.#bus.send([{ topic, key, value: body }]);
    return { topic };
  }

  /** Results, statuses and inbound messages as they come, from the oldest that is kept. */
  @Sse('events')
  events(): Observable<MessageEvent> {
    const { result, status, inbound } = this.#configuration.topics;
    const events = new Observable<MessageEvent>((subscriber) => {
      const consumer = this.#bus.consume(
        { groupId: `dev-${randomUUID()}`, topics: [result, status, inbound] },
        {
          assigned: () => undefined,
          rebalancing: () => undefined,
          received: ({ records }) => {
            for (const { topic, key, value, headers } of records) {
              const readable = Object.entries(headers).map(
                ([name, content]) => [name, content.toString()] as const,
              );
              subscriber.next({
                data: {
                  topic,
                  key: key?.toString() ?? null,
                  headers: Object.fromEntries(readable),
                  value: value?.toString() ?? null,
                },
              });
            }
          },
        },
      );
      return () => void consumer.close();
    });
    return events.pipe(takeUntil(this.#leaving));
  }

  /** Ends the streams: an open one would keep the server from closing. */
  beforeApplicationShutdown(): void {
    this.#leaving.next();
  }
}

function hasPhoneNumber(value: unknown): value is { phoneNumber: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'phoneNumber' in value &&
    typeof value.phoneNumber === 'string'
  );
}
