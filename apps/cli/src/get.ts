import type { ServiceError } from '@grpc/grpc-js';
import { describeCallError } from './call-error.ts';
import { describeMessage } from './descriptions.ts';
import { ask, callerMetadata, connect } from './service.ts';

export interface GetOptions {
  /** One of the two. */
  readonly id?: string;
  readonly key?: string;
  readonly grpc: string;
  readonly account: string;
  readonly token?: string;
  /** Seconds. */
  readonly timeout: number;
}

/** Prints what is known of one message. Resolves with the exit code: 0 when something is. */
export async function get(options: GetOptions, print: (line: string) => void): Promise<number> {
  const { id: messageId, key, grpc, account, token, timeout } = options;
  const service = connect(grpc);
  const deadline = Date.now() + timeout * 1000;
  const name = messageId === undefined ? { key } : { messageId };
  try {
    const message = await ask(service, (answer: Parameters<typeof service.getMessage>[3]) =>
      service.getMessage({ account, ...name }, callerMetadata(token), { deadline }, answer),
    );
    for (const line of describeMessage(message)) print(line);
    return 0;
  } catch (error) {
    for (const line of describeCallError(error as ServiceError, grpc)) print(line);
    return 1;
  }
}
