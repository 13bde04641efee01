import { credentials, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
import type {
  ChannelCredentials,
  Client,
  ClientDuplexStream,
  ClientReadableStream,
  ClientUnaryCall,
  ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import {
  BadRequest,
  CONVERSATIONAL_PROTO,
  ErrorInfo,
  PROTO_FOLDER,
  QuotaFailure,
  RetryInfo,
  Status,
} from '@parley/contracts';
import { protoPath as HEALTH_PROTO } from 'grpc-health-check';
import { once } from 'node:events';
import { createRequire } from 'node:module';

const REFLECTION_PROTO = createRequire(import.meta.url).resolve(
  '@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto',
);

/** A result as a client in any language sees it. */
export interface WireResult {
  readonly messageId: string;
  readonly outcome: string;
  readonly key: string;
  readonly error: { readonly reason: string; readonly retryable: boolean; readonly message: string } | null;
  readonly duplicate: boolean;
}

/** A response of a watch: without an event while none comes. */
interface WireWatched {
  readonly event: WireEvent | null;
}

/** A status event as a client in any language sees it. */
export interface WireEvent {
  readonly messageId: string;
  readonly account: string;
  readonly key: string;
  readonly status: string;
  readonly error: { readonly reason: string; readonly message: string; readonly providerCode: string } | null;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface WireTracked {
  readonly messageId: string;
  readonly key: string;
  readonly status: string;
  readonly history: readonly WireEvent[];
  readonly attempts: number;
  readonly result: WireResult | null;
}

export interface CallOptions {
  /** Sent as `authorization: Bearer`. */
  readonly token?: string;
  readonly timeoutMs?: number;
}

type Answer<T> = (error: ServiceError | null, response: T) => void;

interface ConversationalClient extends Client {
  sendConversational(
    request: object,
    metadata: Metadata,
    options: { deadline?: number },
    answer: Answer<{ results: WireResult[] }>,
  ): ClientUnaryCall;
  getMessage(request: object, metadata: Metadata, answer: Answer<WireTracked>): ClientUnaryCall;
  watchMessages(request: object, metadata: Metadata): ClientReadableStream<WireWatched>;
}

interface HealthClient extends Client {
  check(request: { service: string }, answer: Answer<{ status: string }>): ClientUnaryCall;
  watch(request: { service: string }): NodeJS.EventEmitter;
}

interface ReflectionClient extends Client {
  serverReflectionInfo(): ClientDuplexStream<object, object>;
}

/** A plain gRPC client, as a team that uses the gateway has one. */
export class Calls {
  readonly conversational: ConversationalClient;
  readonly health: HealthClient;
  readonly #reflection: ReflectionClient;

  constructor(url: string) {
    const { ConversationalService } = (
      load(CONVERSATIONAL_PROTO) as {
        parley: { conversational: { v1: { ConversationalService: ClientClass<ConversationalClient> } } };
      }
    ).parley.conversational.v1;
    const { Health } = (
      load(HEALTH_PROTO) as { grpc: { health: { v1: { Health: ClientClass<HealthClient> } } } }
    ).grpc.health.v1;
    this.conversational = new ConversationalService(url, credentials.createInsecure());
    const { ServerReflection } = (
      load(REFLECTION_PROTO) as {
        grpc: { reflection: { v1: { ServerReflection: ClientClass<ReflectionClient> } } };
      }
    ).grpc.reflection.v1;
    this.health = new Health(url, credentials.createInsecure());
    this.#reflection = new ServerReflection(url, credentials.createInsecure());
  }

  /** The results, or the failure of the call as a whole. */
  send(messages: readonly object[], options: CallOptions & { account?: string } = {}): Promise<WireResult[]> {
    return this.begin(messages, options).ended;
  }

  /** The same, with the call at hand to be cancelled. */
  begin(
    messages: readonly object[],
    { account, token, timeoutMs }: CallOptions & { account?: string } = {},
  ): { readonly call: ClientUnaryCall; readonly ended: Promise<WireResult[]> } {
    const { promise, resolve, reject } = Promise.withResolvers<WireResult[]>();
    const call = this.conversational.sendConversational(
      { messages, account },
      metadataOf(token),
      timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs },
      (error, response) => (error ? reject(error) : resolve(response.results)),
    );
    return { call, ended: promise };
  }

  /** What is known of a message, or the failure of the call. */
  get(request: object, token?: string): Promise<WireTracked> {
    const { promise, resolve, reject } = Promise.withResolvers<WireTracked>();
    this.conversational.getMessage(request, metadataOf(token), (error, response) =>
      error ? reject(error) : resolve(response),
    );
    return promise;
  }

  /** A watch that nobody reads yet. */
  watch(request: object, token?: string): ClientReadableStream<WireWatched> {
    return this.conversational.watchMessages(request, metadataOf(token));
  }

  /** A conversation with server reflection. */
  reflection(): ClientDuplexStream<object, object> {
    return this.#reflection.serverReflectionInfo();
  }

  /** What server reflection says there is. */
  async reflectedServices(): Promise<string[]> {
    const stream = this.reflection();
    stream.write({ listServices: '' });
    try {
      const [answer] = (await once(stream, 'data')) as [
        { listServicesResponse: { service: { name: string }[] } },
      ];
      return answer.listServicesResponse.service.map(({ name }) => name);
    } finally {
      stream.on('error', () => undefined).cancel();
    }
  }

  close(): void {
    this.conversational.close();
    this.health.close();
    this.#reflection.close();
  }
}

/** How a call failed: its status, with the google.rpc details that it carried. */
export interface CallFailure {
  readonly code: number;
  readonly message: string;
  readonly badRequest: BadRequest | undefined;
  readonly errorInfo: ErrorInfo | undefined;
  readonly retryInfo: RetryInfo | undefined;
  readonly quotaFailure: QuotaFailure | undefined;
}

/** The failure of a call that must not succeed. */
export async function failureOf(ended: Promise<unknown>): Promise<CallFailure> {
  const error = (await ended.then(
    () => new Error('The call succeeded.'),
    (failure: unknown) => failure,
  )) as ServiceError;
  if (!('code' in error)) throw error as Error;
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const details = bytes === undefined ? [] : Status.decode(bytes as Buffer).details;
  const find = <T>(type: string, decoder: { decode(bytes: Uint8Array): T }): T | undefined => {
    const found = details.find(({ typeUrl }) => typeUrl === `type.googleapis.com/google.rpc.${type}`);
    return found && decoder.decode(found.value);
  };
  return {
    code: error.code,
    message: error.details,
    badRequest: find('BadRequest', BadRequest),
    errorInfo: find('ErrorInfo', ErrorInfo),
    retryInfo: find('RetryInfo', RetryInfo),
    quotaFailure: find('QuotaFailure', QuotaFailure),
  };
}

function metadataOf(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

type ClientClass<T> = new (url: string, credentials: ChannelCredentials) => T;

function load(protoFile: string): unknown {
  const options = { enums: String, defaults: true, includeDirs: [PROTO_FOLDER] };
  return loadPackageDefinition(loadSync(protoFile, options));
}
