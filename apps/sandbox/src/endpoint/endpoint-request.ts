import type { IncomingHttpHeaders } from 'node:http';

/** A request to the send endpoint, whole. */
export interface EndpointRequest {
  readonly method: string;
  /** With its query, if it has one. */
  readonly path: string;
  readonly remoteAddress: string;
  readonly headers: IncomingHttpHeaders;
  /** Undefined without one. */
  readonly body: Buffer | undefined;
}
