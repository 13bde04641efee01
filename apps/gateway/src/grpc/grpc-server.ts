import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { Server, ServerInterceptor } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { Transport } from '@nestjs/microservices';
import type { GrpcOptions } from '@nestjs/microservices';
import {
  CONVERSATIONAL_PACKAGE,
  CONVERSATIONAL_PROTO,
  CONVERSATIONAL_SERVICE,
  PROTO_FOLDER,
} from '@parley/contracts';
import { HealthImplementation } from 'grpc-health-check';
import { handOnUndecodable } from './decoded-request.ts';

/** 1,000 messages of 4096 characters, four bytes each, with their metadata. */
const MAX_REQUEST_BYTES = 32 * 1024 * 1024;

/** The gRPC transport with its health and reflection services. */
export class GrpcServer {
  readonly #health = new HealthImplementation();
  readonly #url: string;
  readonly #interceptors: readonly ServerInterceptor[];
  #server: Server | undefined;

  /** @param options.interceptors of every call, in this order */
  constructor(url: string, options: { readonly interceptors?: readonly ServerInterceptor[] } = {}) {
    this.#url = url;
    this.#interceptors = options.interceptors ?? [];
    // Its lines quote headers, such as a token with a typing error, and are none of ours.
    setLogVerbosity(logVerbosity.NONE);
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
          this.#health.addToServer(server);
          new ReflectionService(definition).addToServer(server);
        },
      },
    };
  }

  serving(): void {
    this.#report('SERVING');
  }

  /**
   * Tells health checks that this server is leaving, and ends after `graceMs` what is still open: one health Watch
   * stream would keep a graceful shutdown waiting for ever.
   */
  leave(graceMs: number): void {
    this.#report('NOT_SERVING');
    setTimeout(() => this.#server?.forceShutdown(), graceMs).unref();
  }

  #report(status: 'SERVING' | 'NOT_SERVING'): void {
    for (const service of ['', CONVERSATIONAL_SERVICE]) this.#health.setStatus(service, status);
  }
}
