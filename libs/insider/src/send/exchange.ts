import type { Dispatcher } from 'undici';

/** How one HTTP request ended. */
export type Exchange =
  /**
   * The provider answered with a status. `body` is left out when it is not whole: cut off, too large, or not there
   * in time.
   */
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly retryAfter?: string;
      readonly date?: string;
      readonly body?: string;
    }
  /** No status came. `written` tells whether the provider may have seen the request. */
  | { readonly kind: 'failure'; readonly written: boolean; readonly code?: string }
  /** The signal fired, or `mayLeave` said no, before the request was written. */
  | { readonly kind: 'cancelled' };

export interface ExchangeRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ExchangeLimits {
  /** From the call to the last byte of the answer, waiting for a connection included. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal?: AbortSignal;
  /**
   * Asked at most once, in the tick in which the request would go to its connected socket, and before a byte does.
   * False keeps it back: `cancelled`. It has to answer at once, since the whole pool waits for it.
   */
  readonly mayLeave?: () => boolean;
}

/** The code of a failure that is this side's own limit on the whole request. */
export const TIMED_OUT = 'TIMED_OUT';

/**
 * Posts once and tells how it ended. Never rejects and never repeats.
 *
 * Whether the request was written is known per request from the handler's `onRequestStart`: undici calls it in the
 * same tick in which it hands head and body to a connected socket, and not before. The diagnostics channel
 * `undici:client:sendHeaders` fires in that same function, but process-wide, so that each request would have to be
 * found again among all others. From that tick on the bytes count as written, even if the socket turns out to be
 * dead: at worst a plain failure is reported as an unknown outcome, never the other way round.
 *
 * A signal or timeout before that tick is final: the request still waits inside the pool, and is dropped when its
 * turn comes, before a byte leaves. A signal after it changes nothing, because the message may already be on its
 * way and its key is worth the rest of the time limit.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: ExchangeRequest,
  limits: ExchangeLimits,
): Promise<Exchange> {
  if (limits.signal?.aborted === true) return Promise.resolve({ kind: 'cancelled' });

  return new Promise((resolve) => {
    const handler = new ExchangeHandler(limits, resolve);
    dispatcher.dispatch({ method: 'POST', ...request }, handler);
  });
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #limits: ExchangeLimits;
  readonly #resolve: (exchange: Exchange) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #head: ResponseHead | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #settled = false;

  constructor(limits: ExchangeLimits, resolve: (exchange: Exchange) => void) {
    this.#limits = limits;
    this.#resolve = resolve;
    this.#timer = setTimeout(this.#onTimeout, limits.timeoutMs);
    limits.signal?.addEventListener('abort', this.#onAbort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (!this.#settled && this.#limits.mayLeave?.() === false) this.#settle({ kind: 'cancelled' });
    // Thrown, undici drops this request alone and gives its connection to the next; `controller.abort` would close
    // the connection, too.
    if (this.#settled) throw new Error('given up before it was written');
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // An interim answer (100, 103); the real one follows.
    if (status < 200) return;
    this.#head = readHead(status, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.maxResponseBytes) this.#stop();
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    // A byte order mark is no part of the text.
    this.#settle(this.#ended(new TextDecoder().decode(Buffer.concat(this.#chunks))));
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: unknown): void {
    this.#settle(this.#ended(undefined, codeOf(error)));
  }

  readonly #onTimeout = (): void => {
    // What was not written by now never is, and has no answer to look for.
    if (this.#controller === undefined) this.#stop(TIMED_OUT);
    // An answer may have arrived while this process was busy or stopped: it is read before the immediate runs.
    else setImmediate(() => this.#stop(TIMED_OUT));
  };

  readonly #onAbort = (): void => {
    if (this.#controller === undefined) this.#settle({ kind: 'cancelled' });
  };

  /** Settles with what is known by now and drops the connection, since the rest of the answer is not wanted. */
  #stop(code?: string): void {
    // Its connection may serve the next request by now.
    if (this.#settled) return;
    this.#settle(this.#ended(undefined, code));
    this.#controller?.abort(new Error('answer not wanted any more'));
  }

  #ended(body: string | undefined, code?: string): Exchange {
    if (this.#head !== undefined) {
      const { status, retryAfter, date } = this.#head;
      return {
        kind: 'response',
        status,
        ...(retryAfter !== undefined && { retryAfter }),
        ...(date !== undefined && { date }),
        ...(body !== undefined && { body }),
      };
    }
    const written = this.#controller !== undefined;
    return { kind: 'failure', written, ...(code !== undefined && { code }) };
  }

  #settle(outcome: Exchange): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#limits.signal?.removeEventListener('abort', this.#onAbort);
    this.#chunks = [];
    this.#resolve(outcome);
  }
}

interface ResponseHead {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly date: string | undefined;
}

function readHead(status: number, headers: Record<string, string | string[] | undefined>): ResponseHead {
  const first = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return { status, retryAfter: first('retry-after'), date: first('date') };
}

// Codes of Node and undici are constants in capitals; anything else may hold an address and is left out.
const CODE = /^[A-Z][A-Z0-9_]{2,63}$/;

function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && CODE.test(code) ? code : undefined;
}
