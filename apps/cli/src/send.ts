import { credentials, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
import type { ServiceClientConstructor, ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { CONVERSATIONAL_PROTO, PROTO_FOLDER, SendOutcome } from '@parley/contracts';
import type { SendConversationalResponse, SendResult } from '@parley/contracts';
import { describeCallError } from './call-error.ts';

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
  const definition = loadSync(CONVERSATIONAL_PROTO, {
    includeDirs: [PROTO_FOLDER],
    defaults: true,
    longs: Number,
  });
  const service = definition['parley.conversational.v1.ConversationalService'];
  const packages = loadPackageDefinition(definition) as unknown as Packages;
  const Service = packages.parley.conversational.v1.ConversationalService;
  if (!service) throw new Error('The proto file lacks its service.');

  const client = new Service(options.grpc, credentials.createInsecure());
  const metadata = new Metadata();
  if (options.token !== undefined) metadata.set('authorization', `Bearer ${options.token}`);
  const message = {
    messageId: options.id ?? '',
    phoneNumber: options.to,
    text: { body: options.text, previewUrl: options.previewUrl },
    metadata: options.metadata,
  };
  const deadline = Date.now() + options.timeout * 1000;
  const { promise, resolve, reject } = Promise.withResolvers<SendConversationalResponse>();
  client['sendConversational']?.(
    { messages: [message], account: options.account },
    metadata,
    { deadline },
    (error: ServiceError | null, response: SendConversationalResponse) => {
      if (error) reject(error);
      else resolve(response);
    },
  );
  return promise.finally(() => client.close());
}

function describeResult({ messageId, outcome, key, error, duplicate }: SendResult): string {
  const name = Object.entries(SendOutcome).find(([, value]) => value === outcome)?.[0] ?? 'UNRECOGNIZED';
  const told = [name.replace('SEND_OUTCOME_', ''), `id=${messageId}`];
  if (key !== '') told.push(`key=${key}`);
  if (duplicate) told.push('(settled before: nothing was sent)');
  if (error)
    told.push(
      `${error.reason}: ${error.message}`,
      error.retryable ? '(try again later)' : '(do not retry as it is)',
    );
  return told.join('  ');
}

interface Packages {
  readonly parley: {
    readonly conversational: { readonly v1: { readonly ConversationalService: ServiceClientConstructor } };
  };
}
