import { credentials, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
import type { ChannelCredentials, Client, ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { CONVERSATIONAL_PROTO, PROTO_FOLDER } from '@parley/contracts';
import type {
  GetMessageRequest,
  GetMessageResponse,
  SendConversationalRequest,
  SendConversationalResponse,
  WatchMessagesRequest,
  WatchMessagesResponse,
} from '@parley/contracts';

/** A gateway's service; what is left out of a request is empty. @param address `host:port` */
export function connect(address: string): Service {
  const definition = loadSync(CONVERSATIONAL_PROTO, {
    includeDirs: [PROTO_FOLDER],
    defaults: true,
    longs: Number,
  });
  const packages = loadPackageDefinition(definition) as unknown as Packages;
  return new packages.parley.conversational.v1.ConversationalService(address, credentials.createInsecure());
}

/** Who calls, where the gateway asks for it. */
export function callerMetadata(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/** Asks once; the connection ends with the answer. @throws ServiceError */
export function ask<Response>(
  service: Service,
  call: (answer: (error: ServiceError | null, response: Response) => void) => void,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  call((error, response) => (error ? reject(error) : resolve(response)));
  return promise.finally(() => service.close());
}

export interface Service extends Client {
  sendConversational: Unary<DeepPartial<SendConversationalRequest>, SendConversationalResponse>;
  getMessage: Unary<DeepPartial<GetMessageRequest>, GetMessageResponse>;
  watchMessages(
    request: DeepPartial<WatchMessagesRequest>,
    metadata: Metadata,
    options: { readonly deadline?: number },
  ): ClientReadableStream<WatchMessagesResponse>;
}

type Unary<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: { readonly deadline: number },
  answer: (error: ServiceError | null, response: Response) => void,
) => void;

type DeepPartial<T> = T extends object ? { readonly [K in keyof T]?: DeepPartial<T[K]> | undefined } : T;

interface Packages {
  readonly parley: {
    readonly conversational: {
      readonly v1: {
        readonly ConversationalService: new (address: string, credentials: ChannelCredentials) => Service;
      };
    };
  };
}
