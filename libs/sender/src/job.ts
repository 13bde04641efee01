import type { OutboundMessage } from './message.ts';
import type { SubmissionResult } from './outcome.ts';
import type { SendError } from './reasons.ts';

/**
 * Who submits. Interactive: somebody waits on the line, goes first, and is told at once when it cannot go on (queue
 * full, account paused). Bulk: can wait, and does; what ends unsent is submitted again, here or elsewhere.
 */
export type Traffic = 'interactive' | 'bulk';

/** One submitted message on its way through the sender. */
export class Job {
  readonly message: OutboundMessage;
  readonly traffic: Traffic;
  /** Names this submission in the message store. */
  readonly holder: string;
  /** On the monotonic clock, as is the next. */
  readonly acceptedAtMs: number;
  /** So that a jump of the wall clock expires nothing. Infinity: when it is sent, or nobody wants it any more. */
  expiresAtMs: number;
  readonly bodyBytes: number;
  readonly result: Promise<SubmissionResult>;
  /** Whether its id is claimed for this job in the message store. */
  claimed = false;
  /** Requests made for it, those included that found no connection. */
  attempts = 0;
  /** Attempts that failed in a way that says nothing about the message. */
  failures = 0;
  /** Why it may have been sent already: a request that may have carried it was written and never answered. */
  ambiguity: SendError | undefined;
  /** Whether a request carries it now, so that nobody but that request's answer may end it. */
  inRequest = false;
  /** Whether its end is being stored, so that nobody gives it another one. */
  ending = false;
  /** Messages that may ride in one request with it: fewer after each request that was refused for one of them. */
  maxCompany = Infinity;
  /** When it was refused alone by the provider's edge, on the monotonic clock. */
  blockedAloneAtMs: number | undefined;
  /** Why it is still waiting, when it was tried before. */
  lastError: SendError | undefined;
  /** Why its submitter does not want it sent any more. */
  givenUp: SendError | undefined;
  readonly #resolve: (result: SubmissionResult) => void;
  readonly #onEnd: () => void;
  #ended = false;

  constructor(options: {
    message: OutboundMessage;
    traffic: Traffic;
    holder: string;
    acceptedAtMs: number;
    expiresAtMs: number;
    onEnd: () => void;
  }) {
    this.message = options.message;
    this.traffic = options.traffic;
    this.holder = options.holder;
    this.acceptedAtMs = options.acceptedAtMs;
    this.expiresAtMs = options.expiresAtMs;
    this.bodyBytes = Buffer.byteLength(options.message.text.body);
    const { promise, resolve } = Promise.withResolvers<SubmissionResult>();
    this.result = promise;
    this.#resolve = resolve;
    this.#onEnd = options.onEnd;
  }

  /** Whether it may still be written: its submitter waits for it and was not told an end. */
  get wanted(): boolean {
    return !this.#ended && this.givenUp === undefined;
  }

  /** Whether a request may have sent it already. Nothing that happens later unsends it. */
  get maybeSent(): boolean {
    return this.ambiguity !== undefined;
  }

  /** Whether it is sent again when it is given up, even after a request that may have sent it: nothing settles it then. */
  get comesAgain(): boolean {
    return this.traffic === 'bulk' && this.message.ambiguousSends === 'resend';
  }

  /** Whether its submitter was told an end. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Tells the submitter. The first end counts; a later one changes nothing. */
  end(result: SubmissionResult): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#resolve(result);
    this.#onEnd();
  }
}
