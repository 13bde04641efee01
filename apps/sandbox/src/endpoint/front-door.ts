import { Injectable } from '@nestjs/common';
import { AUTH_KEY_HEADER, ENDPOINT_ERRORS } from '@parley/insider';
import { Configuration } from '../configuration/configuration.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import { AllowedNetworks } from './allowed-networks.ts';
import { AuthKey } from './auth-key.ts';
import { EDGE_BLOCKED, isBlockedByEdge } from './edge.ts';
import { jsonAnswer } from './endpoint-answer.ts';
import type { EndpointAnswer } from './endpoint-answer.ts';
import type { EndpointRequest } from './endpoint-request.ts';
import { RateLimit } from './rate-limit.ts';
import { throttled } from './throttled.ts';

/**
 * What is checked before anybody looks at the body, in the order in which the provider's layers see a request: the
 * edge, the method, the address, the key, the content type, the rate limit.
 */
@Injectable()
export class FrontDoor {
  readonly #networks: AllowedNetworks;
  readonly #authKey: AuthKey;

  constructor(
    private readonly configuration: Configuration,
    private readonly settings: CurrentSettings,
    private readonly rateLimit: RateLimit,
  ) {
    this.#networks = new AllowedNetworks(configuration.allowedNetworks);
    this.#authKey = new AuthKey(configuration.authKey);
  }

  /** @returns the answer to a request that is refused; only one that is not counts against the rate limit */
  refusal({ method, remoteAddress, headers }: EndpointRequest): EndpointAnswer | undefined {
    if (isBlockedByEdge(headers['user-agent'], this.configuration.blockedUserAgents)) return EDGE_BLOCKED;
    if (method !== 'POST') return METHOD_NOT_ALLOWED;
    if (!this.#networks.allows(remoteAddress)) return IP_RESTRICTED;
    const key = headers[AUTH_KEY_HEADER];
    if (typeof key !== 'string' || !this.#authKey.matches(key)) return UNAUTHORIZED;

    const settings = this.settings.now;
    if (settings.contentType === 'json' && !isJson(headers['content-type'])) return NOT_JSON;
    if (!this.rateLimit.tryTake()) return throttled(settings);
    return undefined;
  }
}

const METHOD_NOT_ALLOWED = jsonAnswer(ENDPOINT_ERRORS.methodNotAllowed, { allow: 'POST' });

/** Insider's page, "403 Forbidden". */
export const IP_RESTRICTED = jsonAnswer(ENDPOINT_ERRORS.ipRestricted);

/** Insider's page: "an authorization error will be returned in the response". */
export const UNAUTHORIZED = jsonAnswer(ENDPOINT_ERRORS.unauthorized);

const NOT_JSON = jsonAnswer({ status: 400, body: { message: 'content type must be application/json' } });

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}
