import type { CallbackStatus } from '@parley/insider';
import type { Receiver } from './receiver.ts';
import type { SandboxControl } from './sandbox-control.ts';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** Undefined when it is not JSON. */
  readonly json: unknown;
}

export interface Call {
  readonly method?: string;
  readonly path?: string;
  /** Beside or instead of what {@link Target.call} sends; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** A string as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** A status that somebody was told, with the key that came with it. */
export interface Told {
  readonly status: CallbackStatus;
  readonly key: string;
}

/** An endpoint that does what Insider's page says, and what stands behind it. */
export interface Target {
  readonly name: 'sandbox' | 'gateway';
  /** What it takes as X-INS-AUTH-KEY. */
  readonly key: string;
  /** One request. By default a POST of the right key and type to the endpoint's path. */
  call(call: Call): Promise<Answer>;
  /** What the provider's side received: the sandbox itself, or the one behind the gateway. */
  readonly provider: SandboxControl;
  /** The statuses that whoever uses the target was told of this message so far. */
  told(key: string): readonly Told[];
  /** What users wrote, as whoever uses the target was told so far. */
  heard(phoneNumber: string): readonly string[];
}

/** Of the sandbox alone: a webhook, and a sandbox that lets nobody in from here. */
export interface SandboxTarget extends Target {
  readonly name: 'sandbox';
  readonly webhook: Receiver;
  /** A sandbox that allows other addresses than ours. */
  callFromElsewhere(call: Call): Promise<Answer>;
}
