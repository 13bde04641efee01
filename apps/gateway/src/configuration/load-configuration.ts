import { AddressRanges } from '../callbacks/allow-list.ts';
import { AccountsFile } from './accounts-file.ts';
import type { AccountEntry } from './accounts-file.ts';
import { CallersFile } from './callers-file.ts';
import type { Caller } from './callers-file.ts';
import type { AccountConfiguration, Configuration } from './configuration.ts';
import type { Environment } from './environment.ts';
import { readEnvironment } from './read-environment.ts';
import { readJsonFile } from './json-file.ts';

/**
 * Callers that watch health go elsewhere, and those over kept-alive connections are told to with their next answer. Shorter
 * than a load balancer needs that asks for readiness: a pod waits for that before it is told to stop.
 */
const LEAVE_MS = 1_000;

/** Leaves the usual 30 seconds between a request to stop and a kill enough room for answers and events. */
const DRAIN_MS = 10_000;

/** Longer than the answer to a send takes to be stored, mostly. */
const CALLBACK_WAIT_MS = 1_500;

export type ConfigurationLoading =
  | { readonly kind: 'valid'; readonly configuration: Configuration }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/** Reads environment and files, and tells either the whole configuration or every problem with it. */
export function loadConfiguration(options: {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
  readonly version: string;
}): ConfigurationLoading {
  const reading = readEnvironment(options.variables, options.readFile);
  if (reading.kind === 'invalid') return reading;
  const { environment } = reading;
  const problems: string[] = [];

  const accounts = [accountOf(environment, options.version)];
  let accountsKnown = true;
  if (environment.ACCOUNTS_FILE !== undefined) {
    const file = readJsonFile('ACCOUNTS_FILE', environment.ACCOUNTS_FILE, AccountsFile, options.readFile);
    accountsKnown = file.kind === 'valid';
    if (file.kind === 'invalid') problems.push(...file.problems);
    else
      accounts.push(...file.content.accounts.map((entry) => accountOf(environment, options.version, entry)));
    if (accounts.slice(1).some(({ name }) => name === 'default')) {
      problems.push(
        'ACCOUNTS_FILE: the account default is the one of the INSIDER_ settings, name this one otherwise',
      );
    }
  }

  let callers: readonly Caller[] | undefined;
  if (environment.CALLERS_FILE !== undefined) {
    const file = readJsonFile('CALLERS_FILE', environment.CALLERS_FILE, CallersFile, options.readFile);
    if (file.kind === 'invalid') problems.push(...file.problems);
    else callers = file.content.callers;
    if (accountsKnown) problems.push(...accountsUnknown(callers ?? [], accounts));
  }

  const allowed = rangesOf('CALLBACK_ALLOWED_IPS', environment.CALLBACK_ALLOWED_IPS, problems);
  const trustedProxies = rangesOf('TRUSTED_PROXIES', environment.TRUSTED_PROXIES, problems);

  if (problems.length > 0) return { kind: 'invalid', problems };
  return {
    kind: 'valid',
    configuration: {
      roles: new Set(environment.ROLES),
      grpcUrl: environment.GRPC_URL,
      http: { host: environment.HTTP_HOST, port: environment.HTTP_PORT },
      kafka: kafkaOf(environment),
      redisUrl: environment.REDIS_URL,
      consumerGroupId: environment.KAFKA_GROUP_ID,
      accounts,
      callers: environment.AUTH === 'off' ? undefined : callers,
      callbackTokenHeader: environment.CALLBACK_TOKEN_HEADER,
      callbackAllowList: { allowed, trustedProxies },
      ambiguousSends: environment.AMBIGUOUS_SENDS,
      windowPolicy: environment.WINDOW_POLICY,
      idempotencyTtlMs: environment.IDEMPOTENCY_TTL_HOURS * 3_600_000,
      maxMessages: environment.QUEUE_MAX_MESSAGES,
      spoolMaxEvents: environment.SPOOL_MAX_EVENTS,
      watchMaxEvents: environment.WATCH_MAX_EVENTS,
      pairLimit: environment.PAIR_LIMIT === 'on',
      leaveMs: LEAVE_MS,
      drainMs: DRAIN_MS,
      callbackWaitMs: CALLBACK_WAIT_MS,
      topics: {
        send: environment.TOPIC_SEND,
        result: environment.TOPIC_RESULT,
        status: environment.TOPIC_STATUS,
        inbound: environment.TOPIC_INBOUND,
        dlq: environment.TOPIC_DLQ,
        quarantine: environment.TOPIC_QUARANTINE,
      },
      logLevel: environment.LOG_LEVEL,
      version: options.version,
      production: environment.NODE_ENV === 'production',
    },
  };
}

/** Told by place: what stands in the wrong one may be a secret. */
function accountsUnknown(
  callers: readonly Caller[],
  accounts: readonly AccountConfiguration[],
): readonly string[] {
  const known = new Set(['*', ...accounts.map(({ name }) => name)]);
  return callers.flatMap((caller, index) =>
    caller.accounts.every((name) => known.has(name))
      ? []
      : [`CALLERS_FILE: callers[${index}].accounts must each be configured here, or *`],
  );
}

/** Undefined when nothing was given, or what was given names a problem. */
function rangesOf(name: string, text: string | undefined, problems: string[]): AddressRanges | undefined {
  if (text === undefined) return undefined;
  const parsed = AddressRanges.parse(text);
  if (parsed.kind === 'valid') return parsed.ranges;
  problems.push(...parsed.problems.map((problem) => `${name}: ${problem}`));
  return undefined;
}

function accountOf(environment: Environment, version: string, entry?: AccountEntry): AccountConfiguration {
  return {
    name: entry?.name ?? 'default',
    baseUrl: entry?.baseUrl ?? environment.INSIDER_BASE_URL,
    authKey: entry?.authKey ?? environment.INSIDER_AUTH_KEY,
    userAgent: environment.INSIDER_USER_AGENT ?? `parley/${version}`,
    timeoutMs: environment.INSIDER_TIMEOUT_MS,
    limitPerSecond: entry?.rateLimitPerSecond ?? environment.INSIDER_RATE_LIMIT_PER_SECOND,
    maxMessagesPerRequest: entry?.maxMessagesPerRequest ?? environment.INSIDER_MAX_MESSAGES_PER_REQUEST,
    callbackTokens: entry?.callbackTokens ?? environment.CALLBACK_TOKENS,
  };
}

function kafkaOf(environment: Environment): Configuration['kafka'] {
  const { KAFKA_BROKERS: brokers, KAFKA_SSL: ssl } = environment;
  if (brokers === undefined) return undefined;
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = environment;
  const complete = mechanism !== undefined && username !== undefined && password !== undefined;
  return { brokers, ssl, sasl: complete ? { mechanism, username, password } : undefined };
}
