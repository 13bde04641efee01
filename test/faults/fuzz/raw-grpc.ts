import { connect } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { GrpcRequest } from './grpc-requests.ts';

/** Enough for a call that is wrong; one that is not may be a watch, or wait for the rest of its message. */
const WAIT_MS = 300;

export interface RawAnswer {
  /** Of HTTP; undefined when none came in time. */
  readonly status: number | undefined;
  /** Of gRPC; undefined when none came in time. */
  readonly grpcStatus: number | undefined;
  readonly details: Buffer;
  /** Everything that came: headers, trailers, what the details hold, and the messages. */
  readonly told: string;
}

/** Calls by HTTP/2 alone, so that they may be wrong in every way that HTTP/2 lets through. */
export class RawGrpc {
  readonly #address: string;
  readonly #waitMs: number;
  #session: ClientHttp2Session | undefined;

  /**
   * @param address `host:port`
   * @param waitMs How long a call may stay unanswered before it is cut.
   */
  constructor(address: string, waitMs = WAIT_MS) {
    this.#address = address;
    this.#waitMs = waitMs;
  }

  async call({ path, headers, pieces }: GrpcRequest): Promise<RawAnswer> {
    const answered: IncomingHttpHeaders = {};
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    const stream = this.#open(path, headers);
    if (!stream) return { status: undefined, grpcStatus: undefined, details: Buffer.alloc(0), told: '' };
    const received: Buffer[] = [];
    stream.on('data', (bytes: Buffer) => received.push(bytes));
    stream.on('response', (head) => void Object.assign(answered, head));
    stream.on('trailers', (trailers) => void Object.assign(answered, trailers));
    stream.on('error', () => close());
    stream.on('close', () => close());
    for (const piece of pieces) stream.write(piece);
    stream.end();
    const cut = setTimeout(() => stream.close(8), this.#waitMs);
    await closed;
    clearTimeout(cut);
    const {
      ':status': status,
      'grpc-status': grpcStatus,
      'grpc-status-details-bin': encoded = '',
    } = answered;
    const details = Buffer.from(String(encoded), 'base64');
    const heads = decodeURIComponent(JSON.stringify(answered).replace(/%(?![\dA-F]{2})/gi, '%25'));
    const told = `${heads} ${details.toString('latin1')} ${Buffer.concat(received).toString('latin1')}`;
    return { status: numberOf(status), grpcStatus: numberOf(grpcStatus), details, told };
  }

  close(): void {
    this.#session?.destroy();
  }

  /** Undefined for what the client's side of HTTP/2 does not let out. */
  #open(path: string, headers: Readonly<Record<string, string>>): ClientHttp2Stream | undefined {
    if (!this.#session || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(`http://${this.#address}`).on('error', () => undefined);
      this.#session.setMaxListeners(0);
    }
    const call = { 'content-type': 'application/grpc', te: 'trailers', ...headers };
    try {
      return this.#session.request({ ':method': 'POST', ':path': path, ...call }, { endStream: false });
    } catch {
      return undefined;
    }
  }
}

function numberOf(header: string | number | readonly string[] | undefined): number | undefined {
  return header === undefined ? undefined : Number(header);
}
