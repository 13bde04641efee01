import { credentials, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
import type { ChannelCredentials, Client, ClientUnaryCall, ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { CONVERSATIONAL_PROTO, PROTO_FOLDER } from '@parley/contracts';

const CONNECT_TIMEOUT_MS = 10_000;

export interface Text {
  readonly messageId: string;
  readonly phoneNumber: string;
  readonly text: { readonly body: string };
}

export interface Result {
  readonly messageId: string;
  /** Without its prefix: `ACCEPTED`, `REJECTED` … */
  readonly outcome: string;
}

/** A plain gRPC client of one gateway, as a backend team has one. */
export class ConversationalClient {
  readonly #client: ServiceClient;

  private constructor(client: ServiceClient) {
    this.#client = client;
  }

  /** Resolves once the connection is up. */
  static async connect(address: string): Promise<ConversationalClient> {
    const client = new Service(address, credentials.createInsecure());
    await new Promise<void>((resolve, reject) => {
      client.waitForReady(Date.now() + CONNECT_TIMEOUT_MS, (error) => (error ? reject(error) : resolve()));
    });
    return new ConversationalClient(client);
  }

  /** Rejects when the call fails as a whole; the signal cancels it. */
  async send(
    messages: readonly Text[],
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<readonly Result[]> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<readonly Result[]>();
    const call = this.#client.sendConversational(
      { messages },
      new Metadata(),
      { deadline: Date.now() + timeoutMs },
      (error, answer) => (error ? reject(error) : resolve(answer.results.map(withoutPrefix))),
    );
    const cancel = (): void => call.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    return promise.finally(() => signal.removeEventListener('abort', cancel));
  }

  close(): void {
    this.#client.close();
  }
}

function withoutPrefix({ messageId, outcome }: Result): Result {
  return { messageId, outcome: outcome.replace('SEND_OUTCOME_', '') };
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
