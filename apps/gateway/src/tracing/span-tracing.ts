import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span, SpanContext, Tracer } from '@opentelemetry/api';
import type { OutboundMessage } from '@parley/sender';
import { SEND_PATH } from '../http/send-refusal.ts';
import type { Source } from '../sending/result-event.ts';
import type { Entrance, TraceEnd } from './entrances.ts';
import { SpanClock } from './span-clock.ts';
import { contextOf, isSampled, traceparentFrom } from './trace-context.ts';
import type { Attempted, FollowedMessage, FollowedStatus, Tracing } from './tracing.ts';

export interface SpanTracingOptions {
  readonly tracer: Tracer;
  /** Of each account, where its requests go. */
  readonly endpoints: ReadonlyMap<string, URL>;
  /** Exports what is left. */
  readonly flush: () => Promise<void>;
  readonly clock?: SpanClock;
}

/** Follows messages with OpenTelemetry's spans. docs/tracing.md has their names and attributes. */
export class SpanTracing implements Tracing {
  readonly #tracer: Tracer;
  readonly #endpoints: ReadonlyMap<string, URL>;
  readonly #flush: () => Promise<void>;
  readonly #clock: SpanClock;
  /** Of messages that have not ended, by span id: as many as may wait. */
  readonly #underway = new Map<string, Span>();

  constructor({ tracer, endpoints, flush, clock = new SpanClock() }: SpanTracingOptions) {
    this.#tracer = tracer;
    this.#endpoints = endpoints;
    this.#flush = flush;
    this.#clock = clock;
  }

  async within<T>(
    { name, kind, attributes, traceparent, endOf, failureOf }: Entrance<T>,
    work: (traceparent: string) => Promise<T>,
  ): Promise<T> {
    const options = { kind: ENTRANCE_KINDS[kind], attributes, startTime: this.#clock.now() };
    const span = this.#tracer.startSpan(name, options, under(contextOf(traceparent)));
    try {
      const result = await work(traceparentFrom(span.spanContext()));
      this.#end(span, endOf(result));
      return result;
    } catch (error) {
      this.#end(span, failureOf(error));
      throw error;
    }
  }

  message(message: OutboundMessage, source: Source): FollowedMessage {
    const { messageId, account } = message;
    const attributes = { ...about(account, messageId), 'parley.source': source };
    const options = { attributes, startTime: this.#clock.now() };
    const span = this.#tracer.startSpan('message', options, under(contextOf(message.traceparent)));
    const context = span.spanContext();
    if (span.isRecording()) this.#underway.set(context.spanId, span);
    return {
      message: { ...message, traceparent: traceparentFrom(context) },
      ended: (end) => {
        this.#underway.delete(context.spanId);
        this.#end(span, messageEnd(end));
      },
    };
  }

  /**
   * The batch belongs to the trace of its first recorded message, and is linked to all of them, as they are to it: a
   * trace of its own would be sampled by another die, and missing from most of those that are recorded.
   */
  attempted({ account, messages, repeated, answer, code, detail, ...event }: Attempted): void {
    const carried = event.traceparents
      .flatMap((traceparent) => contextOf(traceparent) ?? [])
      .filter(isSampled);
    const [first] = carried;
    if (!first) return;
    const { waitedMs, totalMs, durationMs = totalMs - waitedMs } = event;
    const endMs = this.#clock.now();
    const attributes = { 'parley.account': account, 'parley.messages': messages };
    const batch = this.#tracer.startSpan(
      'batch',
      {
        startTime: endMs - totalMs,
        attributes: { ...attributes, 'parley.messages.repeated': repeated },
        links: carried.map((context) => ({ context })),
      },
      under(first),
    );
    const request = this.#tracer.startSpan(
      `POST /${SEND_PATH}`,
      {
        kind: SpanKind.CLIENT,
        startTime: endMs - durationMs,
        attributes: { ...attributes, ...this.#requestAttributes(account) },
      },
      trace.setSpan(ROOT_CONTEXT, batch),
    );
    const end = {
      attributes: { 'parley.answer': answer, ...(code !== undefined && { 'parley.provider.code': code }) },
      error: answer === 'accepted' ? undefined : answer,
    };
    this.#end(request, end, { atMs: endMs, detail });
    this.#end(batch, end, { atMs: endMs });
    const context = batch.spanContext();
    for (const { spanId } of carried) this.#underway.get(spanId)?.addLink({ context });
  }

  status({
    account,
    status,
    errorCode,
    sent,
    callbackTraceparent,
    durationMs,
    durable,
  }: FollowedStatus): void {
    const endMs = this.#clock.now();
    const callback = contextOf(callbackTraceparent);
    const message = contextOf(sent?.traceparent);
    const span = this.#tracer.startSpan(
      `status ${status}`,
      {
        startTime: endMs - durationMs,
        attributes: {
          ...about(account, sent?.messageId),
          'parley.status': status,
          'parley.correlation': sent ? 'matched' : 'unknown',
          ...(errorCode !== undefined && { 'parley.provider.code': errorCode }),
        },
        links: message && callback && isSampled(callback) ? [{ context: callback }] : [],
      },
      under(message ?? callback),
    );
    const failure = status === 'failed' ? (errorCode ?? 'failed') : undefined;
    this.#end(span, { attributes: {}, error: durable ? failure : 'not-durable' }, { atMs: endMs });
  }

  async close({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    await Promise.race([this.#flush().catch(() => undefined), sleep(timeoutMs, undefined, { ref: false })]);
  }

  #requestAttributes(account: string): Attributes {
    const url = this.#endpoints.get(account);
    return {
      'http.request.method': 'POST',
      'url.template': `/${SEND_PATH}`,
      ...(url && {
        'url.full': url.href,
        'server.address': url.hostname,
        'server.port': Number(url.port || DEFAULT_PORTS[url.protocol]),
      }),
    };
  }

  #end(
    span: Span,
    { attributes, error }: TraceEnd,
    { atMs = this.#clock.now(), detail }: { atMs?: number; detail?: string | undefined } = {},
  ): void {
    span.setAttributes(attributes);
    if (error !== undefined) {
      span.setAttribute('error.type', error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: detail ?? error });
    }
    span.end(atMs);
  }
}

const ENTRANCE_KINDS = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER } as const;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };

function under(parent: SpanContext | undefined): Context {
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

function about(account: string, messageId: string | undefined): Attributes {
  return { 'parley.account': account, ...(messageId !== undefined && { 'parley.message.id': messageId }) };
}

function messageEnd(end: Parameters<FollowedMessage['ended']>[0]): TraceEnd {
  if (end.kind !== 'settled') {
    const { reason } = end.error;
    return { attributes: { 'parley.outcome': end.kind, 'parley.reason': reason }, error: reason };
  }
  const { outcome, attempts, duplicate } = end;
  const attributes = {
    'parley.outcome': outcome.kind,
    'parley.attempts': attempts,
    'parley.duplicate': duplicate,
  };
  if (outcome.kind === 'accepted') return { attributes };
  const { reason } = outcome.error;
  return { attributes: { ...attributes, 'parley.reason': reason }, error: reason };
}
