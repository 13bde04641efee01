import type { ServiceError } from '@grpc/grpc-js';
import { SendOutcome } from '@parley/contracts';
import type { SendConversationalResponse } from '@parley/contracts';
import { describeCallError } from './call-error.ts';
import { describeResult } from './descriptions.ts';
import { ask, callerMetadata, connect } from './service.ts';

export interface SendOptions {
  readonly to: string;
  readonly text: string;
  readonly grpc: string;
  readonly id?: string;
  readonly account: string;
  readonly previewUrl: boolean;
  readonly metadata: Record<string, string>;
  readonly token?: string;
  /** Seconds. */
  readonly timeout: number;
}

/** Sends one text and prints what became of it. Resolves with the exit code: 0 only when it was accepted. */
export async function send(options: SendOptions, print: (line: string) => void): Promise<number> {
  try {
    const { results } = await call(options);
    for (const result of results) print(describeResult(result));
    return results.every(({ outcome }) => outcome === SendOutcome.SEND_OUTCOME_ACCEPTED) ? 0 : 1;
  } catch (error) {
    for (const line of describeCallError(error as ServiceError, options.grpc)) print(line);
    return 1;
  }
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
