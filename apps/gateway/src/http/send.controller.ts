import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { ENDPOINT_ERRORS, parseSendRequest, validationErrorBody } from '@parley/insider';
import type { OutboundMessage, SubmissionResult } from '@parley/sender';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Callers } from '../callers/callers.ts';
import type { AuthenticatedCaller } from '../callers/callers.ts';
import { CONFIGURATION } from '../configuration/configuration.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { Sending } from '../sending/sending.ts';
import { httpEntrance } from '../tracing/entrances.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { TRACING } from '../tracing/tracing-token.ts';
import { errorOf, mixed, notSent } from './errors.ts';
import type { HttpAnswer } from './errors.ts';
import { readJsonBody } from './json-body.ts';
import { readMessages } from './mapping.ts';
import { keyIn, SEND_PATH } from './send-refusal.ts';

const MAX_MESSAGES = 1000;

/** As long as a gRPC call without a deadline. */
const DEADLINE_MS = 30_000;

/**
 * The provider's own send endpoint, served here: a client that calls the provider today changes only its base URL,
 * and gets batches, retries, order and status events. `X-INS-AUTH-KEY` holds the caller's token.
 */
@Controller()
export class SendController {
  readonly #sending: Sending;
  readonly #callers: Callers;
  readonly #configuration: Configuration;
  readonly #tracing: Tracing;

  constructor(
    sending: Sending,
    callers: Callers,
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(TRACING) tracing: Tracing,
  ) {
    this.#sending = sending;
    this.#callers = callers;
    this.#configuration = configuration;
    this.#tracing = tracing;
  }

  @Post(SEND_PATH)
  async send(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const hungUp = new AbortController();
    reply.raw.once('close', () => hungUp.abort());
    const signal = AbortSignal.any([hungUp.signal, AbortSignal.timeout(DEADLINE_MS)]);
    const { status, body, retryAfterMs } = await this.#answer(request, signal);
    if (retryAfterMs !== undefined) void reply.header('retry-after', Math.ceil(retryAfterMs / 1000));
    await reply.status(status).send(body);
  }

  async #answer(request: FastifyRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const caller = this.#callers.authenticate(keyIn(request.headers));
    if (!caller) return ENDPOINT_ERRORS.unauthorized;
    const entrance = httpEntrance<HttpAnswer>(
      `/${SEND_PATH}`,
      request.headers['traceparent'],
      ({ status }) => status,
    );
    return await this.#tracing.within(entrance, (traceparent) =>
      this.#answerTo(caller, request.body, { traceparent, signal }),
    );
  }

  async #answerTo(
    { ownAccount: account }: AuthenticatedCaller,
    bytes: unknown,
    { traceparent, signal }: { readonly traceparent: unknown; readonly signal: AbortSignal },
  ): Promise<HttpAnswer> {
    const body = readJsonBody(bytes);
    if (body.kind === 'undecodable') return ENDPOINT_ERRORS.undecodable;
    const parsed = parseSendRequest(body.value);
    if (parsed.kind === 'invalid') return { status: 400, body: validationErrorBody(parsed.violations) };
    if (parsed.from !== undefined)
      return invalid('from', 'is not supported: an account has one sender number');
    if (parsed.messages.length > MAX_MESSAGES)
      return invalid('messages', `must be at most ${MAX_MESSAGES} messages`);
    const reading = readMessages(parsed.messages, {
      account,
      ambiguousSends: this.#configuration.ambiguousSends,
      nowMs: Date.now(),
      traceparent,
    });
    if (reading.kind === 'invalid') return { status: 400, body: validationErrorBody(reading.violations) };
    return await this.#send(reading.messages, signal);
  }

  async #send(messages: readonly OutboundMessage[], signal: AbortSignal): Promise<HttpAnswer> {
    const limits = { traffic: 'interactive', signal, waitMs: DEADLINE_MS } as const;
    const sent = await this.#sending.send(messages, { source: 'http', ...limits });
    if (sent.kind === 'refused') return notSent(sent.error, sent.retryAfterMs);
    const errors = sent.results.map(errorOf);
    const [first] = errors;
    const same = errors.every((error) => error?.reason === first?.reason);
    if (!same) return mixed(sent.results);
    if (first) return notSent(first, retryAfterMsOf(sent.results[0]));
    const keys = sent.results.map((result) =>
      result.kind === 'settled' && result.outcome.kind === 'accepted' ? result.outcome.key : '',
    );
    return { status: 200, body: { keys } };
  }
}

function retryAfterMsOf(result: SubmissionResult | undefined): number | undefined {
  return result?.kind === 'unsent' ? result.retryAfterMs : undefined;
}

function invalid(field: string, rule: string): HttpAnswer {
  return { status: 400, body: validationErrorBody([{ field, rule }]) };
}
