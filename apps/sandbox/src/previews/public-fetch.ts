import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { isIPv6 } from 'node:net';
import type { LookupFunction } from 'node:net';
import { MIMEType } from 'node:util';
import { Client } from 'undici';
import type { Dispatcher } from 'undici';
import type { NoPreviewReason } from './preview.ts';
import { literalAddress } from './public-address.ts';
import { PublicNetwork } from './public-network.ts';
import { webUrl } from './web-url.ts';

/** An answer with a status of 2xx, whose body has still to be read. */
export interface PublicAnswer {
  /** Where the redirects ended. */
  readonly url: URL;
  /** Undefined when the answer names none, or a malformed one. */
  readonly type: MIMEType | undefined;
  /** Not encoded; need not be read to its end. */
  readonly body: AsyncIterable<Uint8Array>;
}

export type FetchFailure = Extract<
  NoPreviewReason,
  'BUSY' | 'PRIVATE_ADDRESS' | 'UNREACHABLE' | 'TIMEOUT' | 'BAD_STATUS' | 'TOO_MANY_REDIRECTS' | 'ENCODED'
>;

export type Fetched<T> =
  { readonly kind: 'read'; readonly value: T } | { readonly kind: 'failed'; readonly reason: FetchFailure };

export interface PublicRequest<T> {
  /** HTTP or HTTPS, on any port. */
  readonly url: URL;
  /** Media types, as the header has them. */
  readonly accept: string;
  /** Of all of it: names, redirects, reading. */
  readonly timeoutMs: number;
  readonly read: (answer: PublicAnswer) => Promise<T>;
}

/**
 * Reads from servers of the public internet, for a URL that anybody may have written. Each hostname is resolved once,
 * every address has to be allowed, and the connection goes to those addresses alone, so a name that resolves
 * differently the next moment leads nowhere else. Redirects are followed by hand, each checked like the first, from
 * HTTPS to HTTP too: nothing secret is sent. No cookies, no referrer, a connection of its own for each request.
 */
@Injectable()
export class PublicFetch implements OnModuleDestroy {
  readonly #ended = new AbortController();
  #open = 0;

  constructor(private readonly network: PublicNetwork) {}

  /** Never rejects. Beyond {@link MAX_FETCHES} at a time it is BUSY at once. */
  async get<T>(request: PublicRequest<T>): Promise<Fetched<T>> {
    if (this.#open >= MAX_FETCHES) return failed('BUSY');
    this.#open += 1;
    const signal = AbortSignal.any([AbortSignal.timeout(request.timeoutMs), this.#ended.signal]);
    try {
      return await this.#follow(request, signal);
    } catch {
      return failed(signal.aborted ? 'TIMEOUT' : 'UNREACHABLE');
    } finally {
      this.#open -= 1;
    }
  }

  /** Ends what is open, so that closing does not wait for it. */
  onModuleDestroy(): void {
    this.#ended.abort();
  }

  async #follow<T>(request: PublicRequest<T>, signal: AbortSignal): Promise<Fetched<T>> {
    let { url } = request;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const step = await this.#step(request, url, signal);
      if (step.kind !== 'redirected') return step;
      url = step.to;
    }
    return failed('TOO_MANY_REDIRECTS');
  }

  async #step<T>({ accept, read }: PublicRequest<T>, url: URL, signal: AbortSignal): Promise<Step<T>> {
    const literal = literalAddress(url);
    const addresses = literal === undefined ? await this.network.addresses(url.hostname, signal) : [literal];
    if (addresses.length === 0) return failed(signal.aborted ? 'TIMEOUT' : 'UNREACHABLE');
    if (!addresses.every((address) => this.network.isAllowed(address))) return failed('PRIVATE_ADDRESS');

    const client = new Client(url.origin, { allowH2: false, connect: { lookup: lookupOf(addresses) } });
    try {
      const answer = await client.request({
        method: 'GET',
        path: url.pathname + url.search,
        headers: { accept, 'accept-encoding': 'identity', 'user-agent': 'parley-sandbox' },
        signal,
      });
      // Whoever stops reading ends the body, and that is no surprise.
      answer.body.on('error', () => undefined);
      return await stepOf(answer, url, read);
    } finally {
      await client.destroy();
    }
  }
}

export const MAX_FETCHES = 8;
const MAX_REDIRECTS = 3;

type Step<T> = Fetched<T> | { readonly kind: 'redirected'; readonly to: URL };

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

async function stepOf<T>(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  url: URL,
  read: PublicRequest<T>['read'],
): Promise<Step<T>> {
  if (REDIRECTS.has(statusCode) && typeof headers['location'] === 'string') {
    const to = webUrl(headers['location'], url);
    return to === undefined ? failed('BAD_STATUS') : { kind: 'redirected', to };
  }
  if (statusCode < 200 || statusCode > 299) return failed('BAD_STATUS');
  // Not decoded on purpose: a small body could grow without end.
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return failed('ENCODED');
  return { kind: 'read', value: await read({ url, type: typeOf(headers['content-type']), body }) };
}

function typeOf(header: string | string[] | undefined): MIMEType | undefined {
  try {
    return typeof header === 'string' ? new MIMEType(header) : undefined;
  } catch {
    // Malformed, which is no type.
    return undefined;
  }
}

/** Answers with what was checked, whatever the name. */
function lookupOf(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_hostname, options, callback) => {
    if (options.all === true) callback(null, all);
    else callback(null, all[0]?.address ?? '', all[0]?.family);
  };
}

function failed(reason: FetchFailure): { readonly kind: 'failed'; readonly reason: FetchFailure } {
  return { kind: 'failed', reason };
}
