import {
  allowInsecureRequests,
  clientCredentialsGrantRequest,
  ClientSecretBasic,
  customFetch,
  processClientCredentialsResponse,
} from 'oauth4webapi';
import type { TokenEndpointResponse } from 'oauth4webapi';
import { fetch } from 'undici';
import type { Clock } from '../clock/clock.ts';
import type { Connections } from './connections.ts';

/** OAuth 2.0 client credentials, as Insider's webhook settings have them. */
export interface ClientCredentials {
  /** HTTP or HTTPS. */
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes?: readonly string[];
}

/** Refused: answered with anything but a token. Unreachable: not answered within {@link TIMEOUT_MS}. */
export type TokenProblem = 'OAUTH2_TOKEN_REFUSED' | 'OAUTH2_TOKEN_UNREACHABLE';

export type AccessToken =
  { readonly kind: 'ok'; readonly token: string } | { readonly kind: 'failed'; readonly code: TokenProblem };

/**
 * Access tokens for one receiver. One is used until shortly before it expires; then, or when it was refused, the next
 * one is fetched: once, however many wait for it. Client and secret go in an Authorization header (RFC 6749, 2.3.1).
 */
export class AccessTokens {
  readonly #credentials: ClientCredentials;
  readonly #connections: Connections;
  readonly #clock: Clock;
  #current: { readonly token: string; readonly untilMs: number } | undefined;
  #fetching: Promise<AccessToken> | undefined;

  constructor(
    credentials: ClientCredentials,
    { connections, clock }: { readonly connections: Connections; readonly clock: Clock },
  ) {
    this.#credentials = credentials;
    this.#connections = connections;
    this.#clock = clock;
  }

  /** Never rejects. */
  async get(): Promise<AccessToken> {
    if (this.#current !== undefined && this.#clock.nowMs() < this.#current.untilMs)
      return { kind: 'ok', token: this.#current.token };
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  /** A token that was replaced meanwhile is forgotten already. */
  forget(token: string): void {
    if (this.#current?.token === token) this.#current = undefined;
  }

  async #fetch(): Promise<AccessToken> {
    const { tokenUrl, clientId, clientSecret, scopes = [] } = this.#credentials;
    const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
    const client = { client_id: clientId };
    let response: Response;
    try {
      response = await clientCredentialsGrantRequest(
        server,
        client,
        ClientSecretBasic(clientSecret),
        scopes.length > 0 ? { scope: scopes.join(' ') } : {},
        {
          // A receiver under test has no certificate.
          [allowInsecureRequests]: true,
          [customFetch]: (url: string, options: object) => this.#request(url, options),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        },
      );
    } catch {
      return { kind: 'failed', code: 'OAUTH2_TOKEN_UNREACHABLE' };
    }
    try {
      const answer = await processClientCredentialsResponse(server, client, response);
      this.#current = { token: answer.access_token, untilMs: this.#clock.nowMs() + lifetimeMs(answer) };
      return { kind: 'ok', token: answer.access_token };
    } catch {
      // What the other side says may repeat the secret.
      return { kind: 'failed', code: 'OAUTH2_TOKEN_REFUSED' };
    }
  }

  async #request(url: string, options: object): Promise<Response> {
    const dispatcher = this.#connections.to(new URL(url).origin);
    return await fetch(url, { ...options, dispatcher });
  }
}

const TIMEOUT_MS = 10_000;
/** RFC 6749 leaves it to documentation when an answer does not say; nobody documents this receiver. */
const DEFAULT_LIFETIME_S = 3_600;
/** A token that expires on its way is refused, which costs an attempt. */
const MARGIN_S = 30;

function lifetimeMs({ expires_in: expiresIn = DEFAULT_LIFETIME_S }: TokenEndpointResponse): number {
  return Math.max(expiresIn / 2, expiresIn - MARGIN_S) * 1000;
}
