import {
  All,
  Controller,
  HttpCode,
  Inject,
  MethodNotAllowedException,
  Param,
  Req,
  ServiceUnavailableException,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { httpEntrance } from '../tracing/entrances.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { TRACING } from '../tracing/tracing-token.ts';
import { CallbackReception } from './callback-reception.ts';
import type { Reception } from './callback-reception.ts';
import { CALLBACKS_PATH } from './callbacks-path.ts';

/** A trace of its own, whatever the provider says: it belongs to no message more than to the others in it. */
const ENTRANCE = httpEntrance<Reception>(`/${CALLBACKS_PATH}/:account`, undefined, ({ kind }) =>
  kind === 'durable' ? 200 : 503,
);

const METHODS: ReadonlySet<string> = new Set(['POST', 'GET', 'HEAD']);

/**
 * The provider's callbacks. Answered with success only when everything the body says is durable. Nothing forged comes
 * here: callback-refusal.ts stands before every method of this route.
 */
@Controller(CALLBACKS_PATH)
export class CallbacksController {
  readonly #reception: CallbackReception;

  readonly #tracing: Tracing;

  constructor(reception: CallbackReception, @Inject(TRACING) tracing: Tracing) {
    this.#reception = reception;
    this.#tracing = tracing;
  }

  @All(':account')
  @HttpCode(200)
  async receive(@Param('account') account: string, @Req() request: FastifyRequest): Promise<object> {
    const { body } = request;
    if (!METHODS.has(request.method)) throw new MethodNotAllowedException();
    // The provider asks whether the address is alive before it registers it.
    if (request.method !== 'POST' || !Buffer.isBuffer(body) || body.length === 0) return {};
    const reception = await this.#tracing.within(ENTRANCE, (traceparent) =>
      this.#reception.receive(account, body, traceparent),
    );
    if (reception.kind === 'not-durable') {
      throw new ServiceUnavailableException('not durable yet, send it again');
    }
    return { received: reception.events };
  }
}
