import { credentials, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
import type {
  ChannelCredentials,
  ChannelOptions,
  Client,
  ClientUnaryCall,
  ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { CONVERSATIONAL_PROTO, PROTO_FOLDER, RetryInfo, Status } from '@parley/contracts';

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

export interface Text {
  readonly messageId: string;
  readonly phoneNumber: string;
  readonly text: { readonly body: string };
  readonly ambiguousSends: string;
}

export interface Result {
  readonly messageId: string;
  readonly outcome: string;
  readonly error: { readonly reason: string; readonly retryable: boolean } | null;
}

export type Answer =
  | { readonly kind: 'results'; readonly results: readonly Result[] }
  /** The call failed as a whole. `retryAfterMs`: as its RetryInfo asks for. */
  | { readonly kind: 'failed'; readonly code: number; readonly retryAfterMs: number | undefined };

/** A gRPC client of one gateway that finds it again soon after it was gone. */
export class GatewayClient {
  readonly #client: ServiceClient;

  constructor(address: string) {
    this.#client = new Service(address, credentials.createInsecure(), {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.min_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 300,
    });
  }

  send(messages: readonly Text[], { timeoutMs }: { readonly timeoutMs: number }): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#client.sendConversational(
      { messages },
      new Metadata(),
      { deadline: Date.now() + timeoutMs },
      (error, answer) => {
        if (!error) resolve({ kind: 'results', results: answer.results });
        else resolve({ kind: 'failed', code: error.code, retryAfterMs: retryAfterMsOf(error) });
      },
    );
    return promise;
  }

  close(): void {
    this.#client.close();
  }
}

function retryAfterMsOf({ metadata }: ServiceError): number | undefined {
  const [bytes] = metadata.get('grpc-status-details-bin');
  if (bytes === undefined) return undefined;
  const detail = Status.decode(bytes as Buffer).details.find(({ typeUrl }) => typeUrl === RETRY_INFO);
  const retryDelay = detail && RetryInfo.decode(detail.value).retryDelay;
  return retryDelay && retryDelay.seconds * 1000 + retryDelay.nanos / 1e6;
}

interface ServiceClient extends Client {
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

const Service = (
  loadPackageDefinition(
    loadSync(CONVERSATIONAL_PROTO, { enums: String, defaults: true, includeDirs: [PROTO_FOLDER] }),
  ) as unknown as { parley: { conversational: { v1: { ConversationalService: ServiceClass } } } }
).parley.conversational.v1.ConversationalService;
