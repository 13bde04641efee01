import { credentials, loadPackageDefinition, Metadata, status } from '@grpc/grpc-js';
import type { ChannelCredentials, Client, ClientUnaryCall, ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { CONVERSATIONAL_PROTO, ErrorInfo, PROTO_FOLDER, RetryInfo, Status } from '@parley/contracts';

const CALL_TIMEOUT_MS = 30_000;

export interface Text {
  readonly messageId: string;
  readonly phoneNumber: string;
  readonly text: { readonly body: string };
  readonly ambiguousSends?: 'AMBIGUOUS_SENDS_RESEND' | 'AMBIGUOUS_SENDS_REPORT';
}

export interface Result {
  readonly messageId: string;
  /** Without its prefix: `ACCEPTED`, `REJECTED` … */
  readonly outcome: string;
  readonly error: { readonly reason: string; readonly retryable: boolean } | null;
  readonly duplicate: boolean;
}

/** How a call ended, and how long that took its caller. */
export type CallEnd = { readonly durationMs: number } & (
  | { readonly kind: 'results'; readonly results: readonly Result[] }
  | {
      readonly kind: 'failed';
      /** The status's name, such as `UNAVAILABLE`. */
      readonly code: string;
      /** Of ErrorInfo. */
      readonly reason: string | undefined;
      /** Of RetryInfo. */
      readonly retryAfterMs: number | undefined;
    }
);

/** A plain gRPC client of one gateway, as a backend team has one. */
export class GatewayClient {
  readonly #service: ServiceClient;
  readonly #account: string;

  constructor({ address, account }: { readonly address: string; readonly account: string }) {
    this.#service = new Service(address, credentials.createInsecure());
    this.#account = account;
  }

  /** Never rejects: a failure is an end. The signal cancels the call. */
  send(
    messages: readonly Text[],
    { timeoutMs = CALL_TIMEOUT_MS, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
  ): Promise<CallEnd> {
    const { promise, resolve } = Promise.withResolvers<CallEnd>();
    const startedMs = performance.now();
    const call = this.#service.sendConversational(
      { messages, account: this.#account },
      new Metadata(),
      { deadline: Date.now() + timeoutMs },
      (error, answer) => {
        const durationMs = performance.now() - startedMs;
        if (error) resolve({ ...failureOf(error), durationMs });
        else resolve({ kind: 'results', results: answer.results.map(withoutPrefix), durationMs });
      },
    );
    signal?.addEventListener('abort', () => call.cancel(), { once: true });
    return promise;
  }

  close(): void {
    this.#service.close();
  }
}

function failureOf(error: ServiceError): Omit<Extract<CallEnd, { kind: 'failed' }>, 'durationMs'> {
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

interface ServiceClient extends Client {
  sendConversational(
    request: object,
    metadata: Metadata,
    options: { deadline: number },
    answer: (error: ServiceError | null, response: { results: Result[] }) => void,
  ): ClientUnaryCall;
}

interface Loaded {
  parley: {
    conversational: {
      v1: { ConversationalService: new (address: string, credentials: ChannelCredentials) => ServiceClient };
    };
  };
}

const Service = (
  loadPackageDefinition(
    loadSync(CONVERSATIONAL_PROTO, { enums: String, defaults: true, includeDirs: [PROTO_FOLDER] }),
  ) as unknown as Loaded
).parley.conversational.v1.ConversationalService;
