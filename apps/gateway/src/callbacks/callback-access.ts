import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIGURATION } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { Metrics } from '../metrics/metrics.ts';
import { AllowList } from './allow-list.ts';
import { CallbackTokens } from './callback-tokens.ts';

/** Decides by address and token whether a callback is taken. Reads nothing of its body. */
@Injectable()
export class CallbackAccess {
  readonly #allowed: AllowList;
  /** By account. */
  readonly #tokens: ReadonlyMap<string, CallbackTokens>;
  readonly #nobodys: CallbackTokens;
  readonly #metrics: Metrics;

  constructor(
    @Inject(CONFIGURATION) { accounts, callbackAllowList, callbackTokenHeader: headerName }: Configuration,
    metrics: Metrics,
  ) {
    this.#allowed = new AllowList(callbackAllowList);
    this.#tokens = new Map(
      accounts.map(({ name, callbackTokens: accepted }) => [
        name,
        new CallbackTokens({ headerName, accepted }),
      ]),
    );
    this.#nobodys = new CallbackTokens({ headerName, accepted: [] });
    this.#metrics = metrics;
  }

  /**
   * The status that a request of the callbacks' route is refused with; undefined when it is taken. An unknown account is
   * refused like a wrong token: the answer does not tell which accounts there are.
   */
  refusalOf({ raw, params }: Pick<FastifyRequest, 'raw' | 'params'>): 401 | 403 | undefined {
    if (!this.#allowed.allows(raw)) {
      this.#metrics.callbacksRefused.inc({ reason: 'address' });
      return 403;
    }
    const { account = '' } = params as { readonly account?: string };
    const tokens = this.#tokens.get(account) ?? this.#nobodys;
    if (!tokens.presentedBy(raw)) {
      this.#metrics.callbacksRefused.inc({ reason: 'token' });
      return 401;
    }
    return undefined;
  }
}
