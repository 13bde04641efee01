import type { DeliveryStatus } from '@parley/contracts';
import type { OutboundMessage, SenderEvent, SendError, SubmissionResult } from '@parley/sender';
import type { Source } from '../sending/result-event.ts';
import type { Entrance } from './entrances.ts';

/**
 * Follows messages through this process: told what happens, it never changes it. Trace contexts go from hand to hand as
 * W3C traceparents, so that what comes hours later or in another process goes on where this one ended.
 */
export interface Tracing {
  /** Does the work that came in. It goes on in the trace context that `work` is given. */
  within<T>(entrance: Entrance<T>, work: (traceparent: unknown) => Promise<T>): Promise<T>;

  /** A message goes to the sender, in the trace that it names. */
  message(message: OutboundMessage, source: Source): FollowedMessage;

  /** A request came back. */
  attempted(event: Attempted): void;

  /** A status of a message was told, or could not be. */
  status(status: FollowedStatus): void;

  /** Hands out what is known by now, within `timeoutMs`; what takes longer is lost. Never rejects. */
  close(options: { readonly timeoutMs: number }): Promise<void>;
}

export type Attempted = SenderEvent & { readonly kind: 'attempted' };

export interface FollowedMessage {
  /** As it goes on: everything that is told of it belongs to its own trace context. */
  readonly message: OutboundMessage;
  /** Called once. An error: it was not taken. */
  ended(end: SubmissionResult | { readonly kind: 'refused'; readonly error: SendError }): void;
}

export interface FollowedStatus {
  readonly account: string;
  readonly status: DeliveryStatus;
  /** WhatsApp's code of a failure. */
  readonly errorCode?: string | undefined;
  /** The message it is about; undefined when nobody knows it. */
  readonly sent: { readonly messageId: string; readonly traceparent?: string } | undefined;
  /** What work on the callback was given. */
  readonly callbackTraceparent: unknown;
  /** From the callback's coming. */
  readonly durationMs: number;
  readonly durable: boolean;
}

/** Follows nothing: trace contexts stay as they came. */
export const NO_TRACING: Tracing = {
  within: (entrance, work) => work(entrance.traceparent),
  message: (message) => ({ message, ended: () => undefined }),
  attempted: () => undefined,
  status: () => undefined,
  close: () => Promise.resolve(),
};
