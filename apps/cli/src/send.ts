import type { ServiceError } from '@grpc/grpc-js';
import { SendOutcome } from '@parley/contracts';
import type { MessageStatus, SendConversationalResponse } from '@parley/contracts';
import { describeCallError } from './call-error.ts';
import { describeResult } from './descriptions.ts';
import { ask, callerMetadata, connect } from './service.ts';
import { watch } from './watch.ts';

export interface SendOptions {
  readonly to: string;
  readonly text: string;
  readonly grpc: string;
  readonly id?: string;
  readonly account: string;
  readonly previewUrl: boolean;
  readonly metadata: Record<string, string>;
  readonly token?: string;
  /** Seconds: of the call, and again of waiting for `until`. */
  readonly timeout: number;
  /** Then waits for this status, and prints those on the way. Undefined: ends with the result. */
  readonly until?: MessageStatus;
}

/**
 * Sends one text and prints what became of it. Resolves with the exit code: 0 only when it was accepted, and has come as far
 * as asked.
 */
export async function send(options: SendOptions, print: (line: string) => void): Promise<number> {
  const begin = Date.now();
  try {
    const { results } = await call(options);
    for (const result of results) print(describeResult(result));
    const accepted = results.every(({ outcome }) => outcome === SendOutcome.SEND_OUTCOME_ACCEPTED);
    if (!accepted || options.until === undefined) return accepted ? 0 : 1;
    const ids = results.map(({ messageId }) => messageId);
    return await statuses(ids, options, begin, print);
  } catch (error) {
    for (const line of describeCallError(error as ServiceError, options.grpc)) print(line);
    return 1;
  }
}

/** The gateway's clock may be behind this one: what was told earlier is of other messages, and is left out. */
const CLOCKS_DIFFER_MS = 60_000;

function statuses(
  id: readonly string[],
  { grpc, account, token, timeout, until }: SendOptions,
  begin: number,
  print: (line: string) => void,
): Promise<number> {
  return watch(
    {
      grpc,
      account: [account],
      id,
      status: [],
      from: new Date(begin - CLOCKS_DIFFER_MS),
      deadline: Date.now() + timeout * 1000,
      ...(token !== undefined && { token }),
      ...(until !== undefined && { until }),
    },
    { event: print, note: print },
  );
}

function call(options: SendOptions): Promise<SendConversationalResponse> {
  const service = connect(options.grpc);
  const message = {
    messageId: options.id ?? '',
    phoneNumber: options.to,
    text: { body: options.text, previewUrl: options.previewUrl },
    metadata: options.metadata,
  };
  const request = { messages: [message], account: options.account };
  const deadline = Date.now() + options.timeout * 1000;
  return ask(service, (answer: Parameters<typeof service.sendConversational>[3]) =>
    service.sendConversational(request, callerMetadata(options.token), { deadline }, answer),
  );
}
