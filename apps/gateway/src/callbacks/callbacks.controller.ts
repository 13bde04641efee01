import {
  All,
  Controller,
  ForbiddenException,
  HttpCode,
  Inject,
  MethodNotAllowedException,
  Param,
  Req,
  ServiceUnavailableException,
  UnauthorizedException,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIGURATION } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { Metrics } from '../metrics/metrics.ts';
import { AllowList } from './allow-list.ts';
import { CallbackReception } from './callback-reception.ts';
import { isAuthentic } from './callback-token.ts';

const METHODS: ReadonlySet<string> = new Set(['POST', 'GET', 'HEAD']);

/** The provider's callbacks. Answered with success only when everything the body says is durable. */
@Controller('callbacks/insider')
export class CallbacksController {
  readonly #configuration: Configuration;
  readonly #reception: CallbackReception;
  readonly #allowed: AllowList;
  readonly #metrics: Metrics;

  constructor(
    @Inject(CONFIGURATION) configuration: Configuration,
    reception: CallbackReception,
    metrics: Metrics,
  ) {
    this.#metrics = metrics;
    this.#configuration = configuration;
    this.#reception = reception;
    this.#allowed = new AllowList(configuration.callbackAllowList);
  }

  @All(':account')
  @HttpCode(200)
  async receive(@Param('account') account: string, @Req() request: FastifyRequest): Promise<object> {
    this.#authenticate(account, request);
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

  #authenticate(account: string, request: FastifyRequest): void {
    const { accounts, callbackTokenHeader } = this.#configuration;
    if (!this.#allowed.allows(request.raw)) {
      this.#metrics.callbacksRefused.inc({ reason: 'address' });
      throw new ForbiddenException();
    }
    const found = accounts.find(({ name }) => name === account);
    // An unknown account is refused like a wrong token: the answer does not tell which accounts there are.
    if (!found || !isAuthentic(request.raw, callbackTokenHeader, found.callbackTokens)) {
      this.#metrics.callbacksRefused.inc({ reason: 'token' });
      throw new UnauthorizedException();
    }
  }
}
