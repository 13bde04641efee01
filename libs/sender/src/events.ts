import type { EarlierHolder } from './message-store.ts';
import type { Outcome } from './outcome.ts';
import type { ProviderAnswer } from './provider.ts';
import type { SendError } from './reasons.ts';

/** What the sender tells those who log and count. It never logs itself. Listeners must not throw. */
export type SenderEvent =
  /** A request came back. */
  | {
      readonly kind: 'attempted';
      readonly account: string;
      readonly messages: number;
      /** Of the messages, those that an earlier request had carried. */
      readonly repeated: number;
      readonly answer: ProviderAnswer['kind'];
      /** The provider's words, when it refused or could not be understood. */
      readonly detail?: string;
      /** The provider's code for that. */
      readonly code?: string;
      /** From taking the messages from the queue to handing the request over: for their ids, and for its permit. */
      readonly waitedMs: number;
      /** From writing the request to its answer; left out when nothing was written. */
      readonly durationMs?: number;
      /** From taking the messages from the queue to the answer, or to giving up. */
      readonly totalMs: number;
      /** W3C trace contexts of those messages that have one, in their order. */
      readonly traceparents: readonly string[];
    }
  /** Messages wait for another attempt. */
  | {
      readonly kind: 'retrying';
      readonly account: string;
      readonly messages: number;
      readonly delayMs: number;
      readonly reason: SendError['reason'];
    }
  /** A request was refused for one of its messages: they go on in smaller company until it stands alone. */
  | {
      readonly kind: 'split';
      readonly account: string;
      readonly messages: number;
      readonly maxCompany: number;
    }
  /** The provider asked to wait: no replica sends for so long. */
  | {
      readonly kind: 'held-back';
      readonly account: string;
      readonly delayMs: number;
      readonly throttled: boolean;
    }
  /** The provider refuses the account, or fails most requests: only probes are sent. */
  | { readonly kind: 'account-paused'; readonly account: string; readonly error: SendError }
  | { readonly kind: 'account-resumed'; readonly account: string }
  /** A request may have carried the message, and nobody can know: it is sent again, or reported, as it says. */
  | {
      readonly kind: 'ambiguous';
      readonly account: string;
      readonly messageId: string;
      readonly policy: 'resend' | 'report';
      /** No usable answer came; or the one who had the id before died, or abandoned it after telling of a `no-answer`. */
      readonly cause: 'no-answer' | EarlierHolder;
    }
  /** A message came to its end. */
  | {
      readonly kind: 'settled';
      readonly account: string;
      readonly messageId: string;
      readonly outcome: Outcome;
      readonly attempts: number;
      readonly duplicate: boolean;
      /** From acceptance to the end. */
      readonly durationMs: number;
    }
  /** A message was given up without an end, and may be sent again under its id. */
  | {
      readonly kind: 'unsent';
      readonly account: string;
      readonly messageId: string;
      readonly reason: SendError['reason'];
    }
  /**
   * What should be remembered could not be stored: a repeated id may be sent again. Or (`window`) nothing could be
   * known of recipients: their messages were not refused for a closed window.
   */
  | {
      readonly kind: 'store-failed';
      readonly account: string;
      readonly step: 'claim' | 'settle' | 'release' | 'abandon' | 'window';
      readonly messages: number;
      /** Why, without what it was about. */
      readonly code: string;
    };
