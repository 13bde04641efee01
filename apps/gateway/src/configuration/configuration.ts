import type { TopicRole } from '@parley/contracts';
import type { AmbiguousSends, WindowPolicy } from '@parley/sender';
import type { Caller } from './callers-file.ts';
import type { AllowListOptions } from '../callbacks/allow-list.ts';
import type { Role } from './environment.ts';

/** Dependency injection token of the {@link Configuration}. */
export const CONFIGURATION = Symbol('CONFIGURATION');

/** The gateway's settings as the code uses them: read once at start, never changed. */
export interface Configuration {
  readonly roles: ReadonlySet<Role>;
  readonly grpcUrl: string;
  readonly http: { readonly host: string; readonly port: number };
  /** Undefined: the in-process bus. */
  readonly kafka: KafkaConfiguration | undefined;
  /** Undefined: what replicas share stays in this process. */
  readonly redisUrl: string | undefined;
  readonly consumerGroupId: string;
  readonly accounts: readonly AccountConfiguration[];
  /** Undefined: everybody may call with every account. */
  readonly callers: readonly Caller[] | undefined;
  readonly callbackTokenHeader: string;
  /** From which addresses callbacks are taken. */
  readonly callbackAllowList: AllowListOptions;
  /** How long a callback waits for its message to become known. */
  readonly callbackWaitMs: number;
  readonly ambiguousSends: AmbiguousSends;
  readonly windowPolicy: WindowPolicy;
  readonly idempotencyTtlMs: number;
  readonly maxMessages: number;
  /** Events that may wait in the spool for Kafka. */
  readonly spoolMaxEvents: number;
  /** Status events of each account that watchers may resume from. */
  readonly watchMaxEvents: number;
  /** Whether each recipient is paced by itself, as Meta limits it. */
  readonly pairLimit: boolean;
  /** How long calls are still taken after the process was told to stop, so that callers learn of it before it is gone. */
  readonly leaveMs: number;
  /** How long what waits may still be sent after that. */
  readonly drainMs: number;
  readonly topics: Readonly<Record<TopicRole, string>>;
  readonly logLevel: string;
  /** Of the gateway itself. */
  readonly version: string;
  readonly production: boolean;
}

interface KafkaConfiguration {
  readonly brokers: readonly string[];
  readonly ssl: boolean;
  readonly sasl:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        readonly username: string;
        readonly password: string;
      }
    | undefined;
}

/** One provider account. */
export interface AccountConfiguration {
  readonly name: string;
  readonly baseUrl: string;
  readonly authKey: string;
  readonly userAgent: string;
  readonly timeoutMs: number;
  readonly limitPerSecond: number;
  readonly maxMessagesPerRequest: number;
  /** What the provider's callbacks for this account present. Undefined: nothing is asked for. */
  readonly callbackTokens: readonly string[] | undefined;
}
