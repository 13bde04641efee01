import {
  All,
  Controller,
  HttpCode,
  MethodNotAllowedException,
  Param,
  Req,
  ServiceUnavailableException,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Metrics } from '../metrics/metrics.ts';
import { CallbackReception } from './callback-reception.ts';
import type { CallbackOutcome, Reception } from './callback-reception.ts';
import { CALLBACKS_PATH } from './callbacks-path.ts';

const METHODS: ReadonlySet<string> = new Set(['POST', 'GET', 'HEAD']);

/** Callbacks of which this process makes events at the same time. */
const MAX_UNDER_WAY = 2_000;

/**
 * The provider's callbacks. Answered with success only when everything the body says is durable. Nothing forged comes
 * here: refuse-forgeries.ts stands before every method of this route.
 */
@Controller(CALLBACKS_PATH)
export class CallbacksController {
  readonly #reception: CallbackReception;
  readonly #metrics: Metrics;
  #underWay = 0;

  constructor(reception: CallbackReception, metrics: Metrics) {
    this.#reception = reception;
    this.#metrics = metrics;
  }

  @All(':account')
  @HttpCode(200)
  async receive(@Param('account') account: string, @Req() request: FastifyRequest): Promise<object> {
    const { body } = request;
    if (!METHODS.has(request.method)) throw new MethodNotAllowedException();
    // The provider asks whether the address is alive before it registers it.
    if (request.method !== 'POST' || !Buffer.isBuffer(body) || body.length === 0) return {};
    const reception = await this.#admit(account, body);
    if (reception.kind === 'not-durable') {
      throw new ServiceUnavailableException('not durable yet, send it again');
    }
    return { received: reception.events };
  }

  async #admit(account: string, body: Buffer): Promise<Reception> {
    if (this.#underWay >= MAX_UNDER_WAY) {
      this.#metrics.callbacks.inc({ account, outcome: 'overloaded' satisfies CallbackOutcome });
      throw new ServiceUnavailableException('too many at once, send it again');
    }
    this.#underWay += 1;
    try {
      return await this.#reception.receive(account, body);
    } finally {
      this.#underWay -= 1;
    }
  }
}
