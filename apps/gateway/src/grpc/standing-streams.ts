import { status } from '@grpc/grpc-js';
import type { Server, UntypedServiceImplementation } from '@grpc/grpc-js';

/**
 * Streams of services that are not ours, such as a health Watch: their callers keep them open for as long as the server
 * stands, and their libraries have no way to end them. Left alone, each keeps a graceful shutdown waiting.
 */
export class StandingStreams {
  readonly #open = new Set<Stream>();
  #isOver = false;

  /** The server, for services that are added through it. */
  of(server: Server): Server {
    const addService: Server['addService'] = (definition, implementation) => {
      const methods = Object.entries(definition).filter(([, { responseStream }]) => responseStream);
      const streamed = new Set(methods.flatMap(([name, { originalName }]) => [name, originalName]));
      const handlers = Object.entries(implementation).map(([name, handler]) => [
        name,
        streamed.has(name) ? this.#kept(handler as Handler) : handler,
      ]);
      server.addService(definition, Object.fromEntries(handlers) as UntypedServiceImplementation);
    };
    return Object.create(server, { addService: { value: addService } }) as Server;
  }

  /** Ends all of them, behind what was written to them, and those to come at once. */
  end(): void {
    this.#isOver = true;
    for (const stream of this.#open) endOne(stream);
  }

  #kept(handler: Handler): Handler {
    return (stream) => {
      this.#open.add(stream);
      const forget = (): void => void this.#open.delete(stream);
      stream.once('close', forget);
      stream.once('cancelled', forget);
      handler(stream);
      if (this.#isOver) endOne(stream);
    };
  }
}

/** As grpc-js has it: an error ends the stream with its status. */
function endOne(stream: Stream): void {
  stream.emit('error', { code: status.UNAVAILABLE, details: 'this server is stopping' });
}

type Stream = NodeJS.EventEmitter;
type Handler = (stream: Stream) => void;
