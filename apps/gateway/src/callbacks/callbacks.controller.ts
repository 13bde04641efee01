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
import { CallbackReception } from './callback-reception.ts';
import { CALLBACKS_PATH } from './callbacks-path.ts';

const METHODS: ReadonlySet<string> = new Set(['POST', 'GET', 'HEAD']);

/**
 * The provider's callbacks. Answered with success only when everything the body says is durable. Nothing forged comes
 * here: callback-refusal.ts stands before every method of this route.
 */
@Controller(CALLBACKS_PATH)
export class CallbacksController {
  readonly #reception: CallbackReception;

  constructor(reception: CallbackReception) {
    this.#reception = reception;
  }

  @All(':account')
  @HttpCode(200)
  async receive(@Param('account') account: string, @Req() request: FastifyRequest): Promise<object> {
    const { body } = request;
    if (!METHODS.has(request.method)) throw new MethodNotAllowedException();
    // The provider asks whether the address is alive before it registers it.
    if (request.method !== 'POST' || !Buffer.isBuffer(body) || body.length === 0) return {};
    const reception = await this.#reception.receive(account, body);
    if (reception.kind === 'not-durable') {
      throw new ServiceUnavailableException('not durable yet, send it again');
    }
    return { received: reception.events };
  }
}
