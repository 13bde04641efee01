import { credentials, loadPackageDefinition, Metadata, status } from '@grpc/grpc-js';
import type {
  ChannelCredentials,
  ChannelOptions,
  Client,
  ClientReadableStream,
  ClientUnaryCall,
  ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { MethodDefinition } from '@grpc/proto-loader';
import {
  CONVERSATIONAL_PROTO,
  CONVERSATIONAL_SERVICE,
  ErrorInfo,
  PROTO_FOLDER,
  RetryInfo,
  Status,
} from '@parley/contracts';

const CONNECT_TIMEOUT_MS = 10_000;
const CALL_TIMEOUT_MS = 30_000;

/** A plain gRPC client of one gateway, as a backend team has one; finds it again soon after it was gone. */
export class GatewayClient {
  readonly #service: ServiceClient;

  /** Connects with the first call, unless {@link connect} did before. @param address `host:port` */
  constructor(address: string) {
    this.#service = new Service(address, credentials.createInsecure(), {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.min_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 300,
    });
  }

  /** Resolves once the connection is up, so that no call waits for it. @throws Error after ten seconds without one */
  connect(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#service.waitForReady(Date.now() + CONNECT_TIMEOUT_MS, (error) =>
      error ? reject(error) : resolve(),
    );
    return promise;
  }

  /** Never rejects: a failure is an end. */
  send(messages: readonly Text[], options: SendOptions = {}): Promise<CallEnd> {
    const { timeoutMs = CALL_TIMEOUT_MS, signal, account } = options;
    const { promise, resolve } = Promise.withResolvers<CallEnd>();
    const startedMs = performance.now();
    const call = this.#service.sendConversational(
      { messages, account },
      new Metadata(),
      { deadline: Date.now() + timeoutMs },
      (error, answer) => {
        signal?.removeEventListener('abort', cancel);
        const durationMs = performance.now() - startedMs;
        if (error) resolve({ ...failureOf(error), durationMs });
        else resolve({ kind: 'results', results: answer.results.map(withoutPrefix), durationMs });
      },
    );
    const cancel = (): void => call.cancel();
    if (signal?.aborted) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
    return promise;
  }

  /** Undefined for a key that the gateway does not know. @throws ServiceError when the call fails otherwise */
  message(request: { readonly account: string; readonly key: string }): Promise<MessageState | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<MessageState | undefined>();
    const deadline = Date.now() + CALL_TIMEOUT_MS;
    this.#service.getMessage(request, new Metadata(), { deadline }, (error, answer) => {
      if (error?.code === status.NOT_FOUND) resolve(undefined);
      else if (error) reject(error);
      else resolve({ ...shortly(answer), history: answer.history.map(shortly) });
    });
    return promise;
  }

  /** A watch, to be iterated; rejects with the status that it ends with, and is cancelled by breaking off. */
  watch(request: WatchRequest): AsyncIterable<Watched> {
    return this.#service.watchMessages(request, new Metadata());
  }

  /** What health says of the whole server, now and at each change; rejects with the status that it ends with. */
  watchHealth(): AsyncIterable<Health> {
    const everything = Buffer.alloc(0);
    return this.#service.makeServerStreamRequest(
      HEALTH_WATCH,
      (bytes: Buffer) => bytes,
      healthOf,
      everything,
    );
  }

  close(): void {
    this.#service.close();
  }
}

export type Health = 'SERVING' | 'NOT_SERVING';

const HEALTH_WATCH = '/grpc.health.v1.Health/Watch';

/** The one field of the response: its tag, and 1 for what serves. */
function healthOf(response: Buffer): Health {
  return response.at(-1) === 1 ? 'SERVING' : 'NOT_SERVING';
}

export interface WatchRequest {
  readonly accounts: readonly string[];
  /** As a response told it. Undefined: from now on. */
  readonly fromTime?: unknown;
}

export interface Watched {
  /** Null when the response only tells from when to resume. */
  readonly event: { readonly key: string; readonly status: string } | null;
  readonly resumeTime: unknown;
}

export interface SendOptions {
  /** The call's deadline, from now. @default 30 seconds */
  readonly timeoutMs?: number;
  /** Cancels the call, which then ends as `CANCELLED`. */
  readonly signal?: AbortSignal;
  /** @default the account that the gateway takes when none is named */
  readonly account?: string;
}

export interface Text {
  readonly messageId: string;
  readonly phoneNumber: string;
  readonly text: { readonly body: string; readonly previewUrl?: boolean };
  readonly ambiguousSends?: 'AMBIGUOUS_SENDS_RESEND' | 'AMBIGUOUS_SENDS_REPORT';
}

export interface Result {
  readonly messageId: string;
  /** Without its prefix: `ACCEPTED`, `REJECTED` … */
  readonly outcome: string;
  /** The provider's; empty unless it was accepted. */
  readonly key: string;
  readonly error: { readonly reason: string; readonly retryable: boolean } | null;
  readonly duplicate: boolean;
}

/** What a gateway tells of a message. Statuses without their prefix: `SENT`, `DELIVERED` … */
export interface MessageState {
  /** `UNSPECIFIED` before the first status. */
  readonly status: string;
  /** Oldest first. */
  readonly history: readonly { readonly status: string }[];
}

/** How a call ended, and how long that took its caller. */
export type CallEnd = { readonly durationMs: number } & (
  { readonly kind: 'results'; readonly results: readonly Result[] } | Failure
);

interface Failure {
  readonly kind: 'failed';
  /** The status's name, such as `UNAVAILABLE`. */
  readonly code: string;
  /** Of ErrorInfo. */
  readonly reason: string | undefined;
  /** Of RetryInfo. */
  readonly retryAfterMs: number | undefined;
}

function failureOf(error: ServiceError): Failure {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const details = bytes === undefined ? [] : Status.decode(bytes as Buffer).details;
  const find = <T>(type: string, decoder: { decode(bytes: Uint8Array): T }): T | undefined => {
    const found = details.find(({ typeUrl }) => typeUrl.endsWith(`/google.rpc.${type}`));
    return found && decoder.decode(found.value);
  };
  const delay = find('RetryInfo', RetryInfo)?.retryDelay;
  return {
    kind: 'failed',
    code: status[error.code],
    reason: find('ErrorInfo', ErrorInfo)?.reason,
    retryAfterMs: delay && delay.seconds * 1000 + delay.nanos / 1e6,
  };
}

function withoutPrefix(result: Result): Result {
  return { ...result, outcome: result.outcome.replace('SEND_OUTCOME_', '') };
}

function shortly(state: { readonly status: string }): { readonly status: string } {
  return { status: state.status.replace('MESSAGE_STATUS_', '') };
}

interface ServiceClient extends Client {
  watchMessages(request: object, metadata: Metadata): ClientReadableStream<Watched>;
  getMessage(
    request: object,
    metadata: Metadata,
    options: { deadline: number },
    answer: (error: ServiceError | null, response: MessageState) => void,
  ): ClientUnaryCall;
  sendConversational(
    request: object,
    metadata: Metadata,
    options: { deadline: number },
    answer: (error: ServiceError | null, response: { results: Result[] }) => void,
  ): ClientUnaryCall;
}

type ServiceClass = new (
  address: string,
  credentials: ChannelCredentials,
  options: ChannelOptions,
) => ServiceClient;

const definition = loadSync(CONVERSATIONAL_PROTO, {
  enums: String,
  defaults: true,
  includeDirs: [PROTO_FOLDER],
});
const Service = (
  loadPackageDefinition(definition) as unknown as {
    parley: { conversational: { v1: { ConversationalService: ServiceClass } } };
  }
).parley.conversational.v1.ConversationalService;

/** A request of a method, encoded; of a method that there is not, nothing. */
export function encodeRequest(method: string, request: object): Buffer {
  const methods = definition[CONVERSATIONAL_SERVICE] as Record<string, MethodDefinition<object, object>>;
  return methods[method]?.requestSerialize(request) ?? Buffer.alloc(0);
}

/** The name of a gRPC status. */
export function statusName(code: number): string {
  return status[code] ?? String(code);
}
