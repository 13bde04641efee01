import { setImmediate } from 'node:timers/promises';
import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { Controller, Inject, UseFilters } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { SendConversationalRequest, SendConversationalResponse, SendResult } from '@parley/contracts';
import { readMessage, sendError } from '@parley/sender';
import type { OutboundMessage } from '@parley/sender';
import { Callers } from '../callers/callers.ts';
import type { AuthenticatedCaller } from '../callers/callers.ts';
import { CONFIGURATION } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { Sending } from '../sending/sending.ts';
import { callLimits } from './call-limits.ts';
import type { CallLimits } from './call-limits.ts';
import { invalidArgument, notSent, permissionDenied, unauthenticated, unimplemented } from './errors.ts';
import type { FieldViolation } from './errors.ts';
import { GrpcErrorsFilter } from './grpc-errors.filter.ts';
import { draftOf, fieldViolations, invalidResult, resultOf } from './mapping.ts';

const SERVICE = 'ConversationalService';
const MAX_MESSAGES = 1000;
/** Messages read without letting others go on: permits come due to the millisecond, also while large calls come in. */
const READ_AT_ONCE = 100;
const DEFAULT_ACCOUNT = 'default';

@Controller()
@UseFilters(GrpcErrorsFilter)
export class ConversationalController {
  readonly #sending: Sending;
  readonly #callers: Callers;
  readonly #configuration: Configuration;

  constructor(sending: Sending, callers: Callers, @Inject(CONFIGURATION) configuration: Configuration) {
    this.#sending = sending;
    this.#callers = callers;
    this.#configuration = configuration;
  }

  @GrpcMethod(SERVICE, 'SendConversational')
  async sendConversational(
    request: SendConversationalRequest,
    metadata: Metadata,
    call: ServerUnaryCall<unknown, unknown>,
  ): Promise<SendConversationalResponse> {
    const account = this.#account(request.account, this.#caller(metadata));
    const readings = await this.#read(request, account);
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

  @GrpcMethod(SERVICE, 'GetMessage')
  getMessage(): never {
    throw unimplemented('GetMessage');
  }

  @GrpcMethod(SERVICE, 'WatchMessages')
  watchMessages(): never {
    throw unimplemented('WatchMessages');
  }

  #caller(metadata: Metadata): AuthenticatedCaller {
    const [header] = metadata.get('authorization');
    const token = typeof header === 'string' ? /^bearer +(.+)$/i.exec(header)?.[1] : undefined;
    const caller = this.#callers.authenticate(token);
    if (!caller) throw unauthenticated();
    return caller;
  }

  #account(requested: string, caller: AuthenticatedCaller): string {
    const account = requested === '' ? DEFAULT_ACCOUNT : requested;
    if (!caller.mayUse(account)) throw permissionDenied(account);
    if (!this.#configuration.accounts.some(({ name }) => name === account)) {
      const { reason, message } = sendError('ACCOUNT_UNKNOWN');
      throw invalidArgument([{ field: 'account', reason, rule: `must be configured here: ${message}` }]);
    }
    return account;
  }

  async #read({ messages }: SendConversationalRequest, account: string): Promise<Reading[]> {
    if (messages.length === 0 || messages.length > MAX_MESSAGES) {
      const rule = `must hold 1 to ${MAX_MESSAGES} messages, and holds ${messages.length}`;
      throw invalidArgument([{ field: 'messages', reason: 'MESSAGES_INVALID', rule }]);
    }
    const { ambiguousSends } = this.#configuration;
    const defaults = { account, ambiguousSends, nowMs: Date.now() };
    const readings: Reading[] = [];
    for (const [index, message] of messages.entries()) {
      if (index % READ_AT_ONCE === READ_AT_ONCE - 1) await setImmediate();
      const reading = readMessage(draftOf(message), defaults);
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

type Reading =
  | { readonly kind: 'valid'; readonly message: OutboundMessage }
  | { readonly kind: 'invalid'; readonly messageId: string; readonly violations: readonly FieldViolation[] };
