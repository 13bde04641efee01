import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A span as it was exported, with its attributes as a plain object. */
export interface CollectedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined for the first of a trace. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  /** Nanoseconds since 1970. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly isError: boolean;
}

type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface CollectorOptions {
  /** Every export is appended to it, one line of OTLP JSON each. @default none is kept */
  readonly file?: string;
  /** The oldest are forgotten beyond. @default 100,000 */
  readonly maxSpans?: number;
}

/**
 * An OpenTelemetry collector on a loopback port that takes traces by OTLP/HTTP as JSON. A process exports to it with
 * {@link OtlpCollector.environment}.
 */
export class OtlpCollector {
  readonly spans: CollectedSpan[] = [];
  /** Exports that could not be read: of another encoding, mostly. */
  unreadable = 0;
  readonly #server: Server;
  readonly #file: WriteStream | undefined;
  readonly #maxSpans: number;

  private constructor({ file, maxSpans = 100_000 }: CollectorOptions) {
    this.#file = file === undefined ? undefined : createWriteStream(file, { flags: 'a' });
    this.#maxSpans = maxSpans;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async listen(options: CollectorOptions = {}): Promise<OtlpCollector> {
    const collector = new OtlpCollector(options);
    collector.#server.listen(0, '127.0.0.1');
    await once(collector.#server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What a process has to be started with; it exports every 100 ms. */
  get environment(): Readonly<Record<string, string>> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: this.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    };
  }

  /** In the order of their beginning. */
  trace(traceId: string): CollectedSpan[] {
    return this.spans
      .filter((span) => span.traceId === traceId)
      .sort((a, b) => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0));
  }

  /** Resolves when all that was exported is in the file. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    if (!this.#file) return;
    const written = once(this.#file, 'close');
    this.#file.end();
    await written;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    if (request.method !== 'POST' || request.url !== '/v1/traces') {
      request.resume();
      response.writeHead(404).end();
      return;
    }
    try {
      const body = await text(request);
      const spans = spansOf(JSON.parse(body) as OtlpExport);
      this.#file?.write(`${body}\n`);
      this.spans.push(...spans);
      this.spans.splice(0, this.spans.length - this.#maxSpans);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    } catch {
      this.unreadable += 1;
      response.writeHead(400).end();
    }
  }
}

/** The parts that are read of an `ExportTraceServiceRequest` in OTLP's JSON encoding. */
interface OtlpExport {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly OtlpAttribute[] };
    readonly scopeSpans?: readonly { readonly spans?: readonly OtlpSpan[] }[];
  }[];
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly OtlpAttribute[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}

interface OtlpAttribute {
  readonly key: string;
  readonly value?: OtlpValue;
}

interface OtlpValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  /** 64 bits: a string in OTLP's JSON, a number from some exporters. */
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly OtlpValue[] };
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUS_ERROR = 2;

function spansOf({ resourceSpans = [] }: OtlpExport): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) => {
    const name = attributesOf(resource?.attributes)['service.name'];
    const service = typeof name === 'string' ? name : '';
    return scopeSpans.flatMap(({ spans = [] }) => spans.map((span) => spanOf(span, service)));
  });
}

function spanOf(span: OtlpSpan, service: string): CollectedSpan {
  return {
    service,
    traceId: span.traceId,
    spanId: span.spanId,
    // Left out or empty, as exporters like.
    parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
    name: span.name,
    kind: KINDS[span.kind ?? 0] ?? 'unspecified',
    startNs: BigInt(span.startTimeUnixNano),
    endNs: BigInt(span.endTimeUnixNano),
    attributes: attributesOf(span.attributes),
    links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
    isError: span.status?.code === STATUS_ERROR,
  };
}

function attributesOf(attributes: readonly OtlpAttribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value && valueOf(value)]));
}

function valueOf({ stringValue, boolValue, intValue, doubleValue, arrayValue }: OtlpValue): unknown {
  if (arrayValue) return (arrayValue.values ?? []).map(valueOf);
  return stringValue ?? boolValue ?? (intValue === undefined ? doubleValue : Number(intValue));
}
