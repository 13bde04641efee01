import { setImmediate } from 'node:timers/promises';
import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { Controller, Inject, UseFilters, UsePipes } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { SendConversationalRequest, SendConversationalResponse, SendResult } from '@parley/contracts';
import { readMessage } from '@parley/sender';
import type { OutboundMessage } from '@parley/sender';
import { CONFIGURATION } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { Sending } from '../sending/sending.ts';
import { grpcEntrance } from '../tracing/entrances.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { TRACING } from '../tracing/tracing-token.ts';
import { CallerAccess } from './caller-access.ts';
import { callLimits } from './call-limits.ts';
import type { CallLimits } from './call-limits.ts';
import { DecodedRequest } from './decoded-request.ts';
import { invalidArgument, notSent } from './errors.ts';
import type { FieldViolation } from './errors.ts';
import { GrpcErrorsFilter } from './grpc-errors.filter.ts';
import { draftOf, fieldViolations, invalidResult, resultOf } from './mapping.ts';

const SERVICE = 'ConversationalService';
const SEND_METHOD = 'SendConversational';
const MAX_MESSAGES = 1000;
/** Messages read without letting others go on: permits come due to the millisecond, also while large calls come in. */
const READ_AT_ONCE = 100;

@Controller()
@UseFilters(GrpcErrorsFilter)
@UsePipes(DecodedRequest)
export class ConversationalController {
  readonly #sending: Sending;
  readonly #access: CallerAccess;
  readonly #configuration: Configuration;
  readonly #tracing: Tracing;

  constructor(
    sending: Sending,
    access: CallerAccess,
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(TRACING) tracing: Tracing,
  ) {
    this.#sending = sending;
    this.#access = access;
    this.#configuration = configuration;
    this.#tracing = tracing;
  }

  @GrpcMethod(SERVICE, SEND_METHOD)
  async sendConversational(
    request: SendConversationalRequest,
    metadata: Metadata,
    call: ServerUnaryCall<unknown, unknown>,
  ): Promise<SendConversationalResponse> {
    const account = this.#access.accountOf(request.account, this.#access.callerOf(metadata));
    // Given several times it is none, as a header of HTTP would be: joined, nobody can read it.
    const entrance = grpcEntrance(SEND_METHOD, metadata.get('traceparent').join());
    return await this.#tracing.within(entrance, (traceparent) =>
      this.#answer(request, call, { account, traceparent }),
    );
  }

  async #answer(
    request: SendConversationalRequest,
    call: ServerUnaryCall<unknown, unknown>,
    asked: Asked,
  ): Promise<SendConversationalResponse> {
    const readings = await this.#read(request, asked);
    const valid = readings.flatMap((reading) => (reading.kind === 'valid' ? [reading.message] : []));
    if (valid.length === 0) {
      throw invalidArgument(
        readings.flatMap((reading) => (reading.kind === 'invalid' ? reading.violations : [])),
      );
    }
    const ofValid = (await this.#send(valid, callLimits(call))).values();
    const results = readings.map((reading) => {
      if (reading.kind === 'invalid') return invalidResult(reading.messageId, reading.violations);
      const { value } = ofValid.next();
      if (!value) throw new Error('Each valid message has a result.');
      return value;
    });
    return { results };
  }

  async #read({ messages }: SendConversationalRequest, { account, traceparent }: Asked): Promise<Reading[]> {
    if (messages.length === 0 || messages.length > MAX_MESSAGES) {
      const rule = `must hold 1 to ${MAX_MESSAGES} messages, and holds ${messages.length}`;
      throw invalidArgument([{ field: 'messages', reason: 'MESSAGES_INVALID', rule }]);
    }
    const { ambiguousSends } = this.#configuration;
    const defaults = { account, ambiguousSends, nowMs: Date.now() };
    const readings: Reading[] = [];
    for (const [index, message] of messages.entries()) {
      if (index % READ_AT_ONCE === READ_AT_ONCE - 1) await setImmediate();
      const reading = readMessage(draftOf(message, traceparent), defaults);
      if (reading.kind === 'valid') {
        readings.push(reading);
      } else {
        const violations = fieldViolations(reading.violations, index);
        readings.push({ kind: 'invalid', messageId: message.messageId, violations });
      }
    }
    return readings;
  }

  /** The call fails as a whole when no valid message of it was sent; otherwise each has its own result. */
  async #send(messages: readonly OutboundMessage[], limits: CallLimits): Promise<SendResult[]> {
    const sent = await this.#sending.send(messages, { source: 'grpc', traffic: 'interactive', ...limits });
    if (sent.kind === 'refused') throw notSent(sent.error, sent.retryAfterMs);
    const [first] = sent.results;
    if (first?.kind === 'unsent' && sent.results.every(({ kind }) => kind === 'unsent')) {
      throw notSent(first.error, first.retryAfterMs);
    }
    return sent.results.map((result, index) => resultOf(messages[index]?.messageId ?? '', result));
  }
}

interface Asked {
  readonly account: string;
  readonly traceparent: unknown;
}

type Reading =
  | { readonly kind: 'valid'; readonly message: OutboundMessage }
  | { readonly kind: 'invalid'; readonly messageId: string; readonly violations: readonly FieldViolation[] };
