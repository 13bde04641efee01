import { status } from '@grpc/grpc-js';
import { HttpException } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { CONVERSATIONAL_SERVICE } from '@parley/contracts';
import type { IncomingRecord, RecordVerdict } from '@parley/kafka';

/**
 * Something that comes in, as a trace tells it. Names and attributes are those of OpenTelemetry's semantic conventions
 * 1.45 wherever they have one.
 */
export interface Entrance<T> {
  /** Of a closed list. */
  readonly name: string;
  readonly kind: 'server' | 'consumer';
  readonly attributes: TraceAttributes;
  /** W3C trace context as it came; what cannot be read is none. */
  readonly traceparent: unknown;
  readonly endOf: (result: T) => TraceEnd;
  readonly failureOf: (error: unknown) => TraceEnd;
}

type TraceAttributes = Readonly<Record<string, string | number | boolean>>;

export interface TraceEnd {
  readonly attributes: TraceAttributes;
  /** What kind of failure it is, of a closed list; undefined for none of ours. */
  readonly error?: string | undefined;
}

/** A gRPC call of the caller's. */
export function grpcEntrance(method: string, traceparent: unknown): Entrance<unknown> {
  const name = `${CONVERSATIONAL_SERVICE}/${method}`;
  return {
    name,
    kind: 'server',
    attributes: { 'rpc.system.name': 'grpc', 'rpc.method': name },
    traceparent,
    endOf: () => ({ attributes: { 'rpc.status_code': 'OK' } }),
    failureOf: (error) => {
      const code = grpcCodeOf(error);
      const attributes = { 'rpc.status_code': code };
      return { attributes, error: SERVER_FAULTS.has(code) ? code : undefined };
    },
  };
}

/** A POST to one of our routes. */
export function httpEntrance<T>(
  route: string,
  traceparent: unknown,
  statusOf: (result: T) => number,
): Entrance<T> {
  const ended = (code: number): TraceEnd => ({
    attributes: { 'http.response.status_code': code },
    error: code >= 500 ? String(code) : undefined,
  });
  return {
    name: `POST ${route}`,
    kind: 'server',
    attributes: { 'http.request.method': 'POST', 'http.route': route },
    traceparent,
    endOf: (result) => ended(statusOf(result)),
    failureOf: (error) => ended(error instanceof HttpException ? error.getStatus() : 500),
  };
}

/** A record of the send topic. Its key is a phone number, and stays out. */
export function recordEntrance(
  { topic, partition, offset, headers }: Pick<IncomingRecord, 'topic' | 'partition' | 'offset' | 'headers'>,
  groupId: string,
): Entrance<RecordVerdict> {
  return {
    name: `process ${topic}`,
    kind: 'consumer',
    attributes: {
      'messaging.system.name': 'kafka',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(partition),
      'messaging.consumer.group.name': groupId,
      'kafka.offset': Number(offset),
    },
    traceparent: headers['traceparent']?.toString('latin1'),
    endOf: (verdict) => {
      const error = verdict.kind === 'dead-letter' ? verdict.reason : verdict.kind;
      return {
        attributes: { 'parley.verdict': verdict.kind },
        error: verdict.kind === 'done' ? undefined : error,
      };
    },
    failureOf: () => ({ attributes: { 'parley.verdict': 'dead-letter' }, error: 'HANDLER_FAILED' }),
  };
}

/** Codes that the conventions count as a server's errors; the others are the caller's. */
const SERVER_FAULTS: ReadonlySet<string> = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

function grpcCodeOf(error: unknown): string {
  const told = error instanceof RpcException ? error.getError() : undefined;
  const code = typeof told === 'object' && 'code' in told ? told.code : undefined;
  return status[typeof code === 'number' ? code : status.INTERNAL] ?? 'UNKNOWN';
}
