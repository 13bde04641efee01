import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { Server, ServerInterceptor } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { ServerGrpc, Transport } from '@nestjs/microservices';
import type { GrpcOptions } from '@nestjs/microservices';
import {
  CONVERSATIONAL_PACKAGE,
  CONVERSATIONAL_PROTO,
  CONVERSATIONAL_SERVICE,
  PROTO_FOLDER,
} from '@parley/contracts';
import { HealthImplementation } from 'grpc-health-check';
import { handOnUndecodable } from './decoded-request.ts';
import { StandingStreams } from './standing-streams.ts';

/** 1,000 messages of 4096 characters, four bytes each, with their metadata. */
const MAX_REQUEST_BYTES = 32 * 1024 * 1024;

/** The gRPC transport with its health and reflection services. */
export class GrpcServer {
  readonly #health = new HealthImplementation();
  readonly #standing = new StandingStreams();
  readonly #forced = Promise.withResolvers<void>();
  readonly #url: string;
  readonly #interceptors: readonly ServerInterceptor[];
  #server: Server | undefined;

  /** @param options.interceptors of every call, in this order */
  constructor(url: string, options: { readonly interceptors?: readonly ServerInterceptor[] } = {}) {
    this.#url = url;
    this.#interceptors = options.interceptors ?? [];
    // Its lines quote headers, such as a token with a typing error, and are none of ours.
    setLogVerbosity(logVerbosity.NONE);
    this.#report('NOT_SERVING');
  }

  /** To be connected to the application once. */
  createTransport(): ServerGrpc {
    return new ForcedTransport(this.options.options, this.#forced.promise);
  }

  get options(): GrpcOptions {
    return {
      transport: Transport.GRPC,
      options: {
        url: this.#url,
        package: CONVERSATIONAL_PACKAGE,
        protoPath: CONVERSATIONAL_PROTO,
        loader: { includeDirs: [PROTO_FOLDER], defaults: true, longs: Number },
        maxReceiveMessageLength: MAX_REQUEST_BYTES,
        gracefulShutdown: true,
        // Nest hands these to the server as they are: its own interceptors see only what was decoded.
        channelOptions: { interceptors: [...this.#interceptors] },
        onLoadPackageDefinition: (definition: PackageDefinition, server: Server) => {
          this.#server = server;
          handOnUndecodable(definition, CONVERSATIONAL_SERVICE);
          const watched = this.#standing.of(server);
          this.#health.addToServer(watched);
          new ReflectionService(definition).addToServer(watched);
        },
      },
    };
  }

  serving(): void {
    this.#report('SERVING');
  }

  /** Tells health checks that this server is leaving; calls are served as before. */
  leave(): void {
    this.#report('NOT_SERVING');
  }

  /**
   * To be called before the transport is closed, which waits for all that is open: ends the streams that nobody else ends,
   * such as a health Watch, and after `graceMs` everything.
   */
  endWithin(graceMs: number): void {
    this.#standing.end();
    setTimeout(() => {
      this.#server?.forceShutdown();
      this.#forced.resolve();
    }, graceMs).unref();
  }

  #report(status: 'SERVING' | 'NOT_SERVING'): void {
    for (const service of ['', CONVERSATIONAL_SERVICE]) this.#health.setStatus(service, status);
  }
}

/** Does not wait for clients that are frozen, or gone without a word: they never close their side of a connection. */
class ForcedTransport extends ServerGrpc {
  readonly #forced: Promise<void>;

  constructor(options: GrpcOptions['options'], forced: Promise<void>) {
    super(options);
    this.#forced = forced;
  }

  override async close(): Promise<void> {
    await Promise.race([super.close(), this.#forced]);
  }
}
