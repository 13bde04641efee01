import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import { Configuration } from '../configuration/configuration.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import { StateFile } from '../state/state-file.ts';
import type { Collection } from '../state/state-file.ts';
import { AccessTokens } from './access-tokens.ts';
import type { ClientCredentials, TokenProblem } from './access-tokens.ts';
import { Connections } from './connections.ts';

/** The account's webhook: where callbacks go, and what proves there that they are the provider's. */
export interface WebhookTarget {
  /** HTTP or HTTPS. */
  readonly url: string;
  /** None when the environment names a URL alone. */
  readonly auth?: BearerAuth | ({ readonly type: 'oauth2' } & ClientCredentials);
}

interface BearerAuth {
  readonly type: 'bearer';
  readonly token: string;
  /** The setting `callbackTokenHeader` when left out. */
  readonly header?: string;
}

/** Without any secret. */
export interface WebhookView {
  readonly url: string;
  readonly auth:
    | { readonly type: 'none' }
    | { readonly type: 'bearer'; readonly header: string; readonly tokenConfigured: true }
    | {
        readonly type: 'oauth2';
        readonly tokenUrl: string;
        readonly clientId: string;
        readonly clientSecretConfigured: true;
        readonly scopes?: readonly string[];
      };
}

export type Credentials =
  | {
      readonly kind: 'ok';
      readonly headers: Readonly<Record<string, string>>;
      /** The receiver answered them with 401: they are not shown again if others can be got. */
      readonly refused: () => void;
    }
  | { readonly kind: 'failed'; readonly code: TokenProblem };

/**
 * The webhook as it is now. One that the environment names holds at every start; one that was set meanwhile holds until
 * the end of the process or the next reset, and over a restart when the environment names none.
 */
@Injectable()
export class Webhook {
  readonly #initial: WebhookTarget | undefined;
  readonly #kept: Collection<WebhookTarget>;
  #target: WebhookTarget | undefined;
  #tokens: AccessTokens | undefined;

  constructor(
    configuration: Configuration,
    private readonly settings: CurrentSettings,
    private readonly connections: Connections,
    private readonly clock: Clock,
    state: StateFile,
  ) {
    this.#initial = initialOf(configuration);
    this.#kept = state.collection('webhook');
    const [kept] = this.#kept.load();
    this.#use(this.#initial ?? kept);
  }

  /** Undefined when there is no webhook. */
  get url(): string | undefined {
    return this.#target?.url;
  }

  get(): WebhookView | undefined {
    return this.#target && viewOf(this.#target, this.settings.now.callbackTokenHeader);
  }

  /** Takes the place of the one before at once, also for callbacks that wait for a retry. */
  set(target: WebhookTarget): void {
    this.#use(target);
    this.#kept.put('current', target);
  }

  /** Back to what the environment said. */
  reset(): void {
    this.#use(this.#initial);
    this.#kept.clear();
  }

  /** What to show to the receiver. Never rejects. */
  async credentials(): Promise<Credentials> {
    const auth = this.#target?.auth;
    if (auth?.type === 'bearer') {
      const header = auth.header ?? this.settings.now.callbackTokenHeader;
      return { kind: 'ok', headers: tokenHeader(header, auth.token), refused: () => undefined };
    }
    const tokens = this.#tokens;
    if (tokens === undefined) return { kind: 'ok', headers: {}, refused: () => undefined };
    const got = await tokens.get();
    if (got.kind === 'failed') return got;
    const headers = tokenHeader('authorization', got.token);
    return { kind: 'ok', headers, refused: () => tokens.forget(got.token) };
  }

  #use(target: WebhookTarget | undefined): void {
    this.#target = target;
    this.#tokens =
      target?.auth?.type === 'oauth2'
        ? new AccessTokens(target.auth, { connections: this.connections, clock: this.clock })
        : undefined;
  }
}

function initialOf(configuration: Configuration): WebhookTarget | undefined {
  const { callbackUrl, callbackToken, callbackOauth2TokenUrl } = configuration;
  if (callbackUrl === undefined) return undefined;
  if (callbackOauth2TokenUrl !== undefined)
    return {
      url: callbackUrl,
      auth: {
        type: 'oauth2',
        tokenUrl: callbackOauth2TokenUrl,
        clientId: configuration.callbackOauth2ClientId ?? '',
        clientSecret: configuration.callbackOauth2ClientSecret ?? '',
        scopes: configuration.callbackOauth2Scope?.split(' ').filter((scope) => scope !== '') ?? [],
      },
    };
  return {
    url: callbackUrl,
    ...(callbackToken !== undefined && { auth: { type: 'bearer', token: callbackToken } }),
  };
}

function viewOf({ url, auth }: WebhookTarget, defaultHeader: string): WebhookView {
  if (auth === undefined) return { url, auth: { type: 'none' } };
  if (auth.type === 'bearer')
    return { url, auth: { type: 'bearer', header: auth.header ?? defaultHeader, tokenConfigured: true } };
  const { tokenUrl, clientId, scopes } = auth;
  return {
    url,
    auth: { type: 'oauth2', tokenUrl, clientId, clientSecretConfigured: true, ...(scopes && { scopes }) },
  };
}

function tokenHeader(name: string, token: string): Readonly<Record<string, string>> {
  const header = name.toLowerCase();
  return { [header]: header === 'authorization' ? `Bearer ${token}` : token };
}
