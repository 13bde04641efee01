import { loadPackageDefinition, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { ServerWritableStream, ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CONVERSATIONAL_PROTO,
  ErrorInfo,
  MessageStatus,
  PROTO_FOLDER,
  RetryInfo,
  Status,
} from '@parley/contracts';
import type { WatchMessagesRequest } from '@parley/contracts';
import { get } from './get.ts';
import { send } from './send.ts';
import { watch } from './watch.ts';
import type { WatchOptions } from './watch.ts';

type Stream = ServerWritableStream<WatchMessagesRequest, object>;

let server: Server;
let address: string;
/** What the gateway does with the first watch, the second … */
let streams: ((stream: Stream) => void)[];
const requests: WatchMessagesRequest[] = [];

beforeEach(async () => {
  [server, streams, requests.length] = [new Server(), [], 0];
  const definition = loadSync(CONVERSATIONAL_PROTO, { includeDirs: [PROTO_FOLDER], longs: Number });
  const { parley } = loadPackageDefinition(definition) as unknown as Packages;
  server.addService(parley.conversational.v1.ConversationalService.service, {
    watchMessages: (stream: Stream) => {
      requests.push(stream.request);
      streams.shift()?.(stream);
    },
    getMessage: (_call: unknown, answer: (error: null, response: object) => void) =>
      answer(null, {
        messageId: 'order-7',
        key: 'k',
        status: MessageStatus.MESSAGE_STATUS_READ,
        attempts: 1,
        result: { messageId: 'order-7', key: 'k', outcome: 'SEND_OUTCOME_ACCEPTED' },
        history: [eventOf('order-7')],
      }),
    sendConversational: (_call: unknown, answer: (error: null, response: object) => void) =>
      answer(null, { results: [{ messageId: 'order-7', key: 'k', outcome: 'SEND_OUTCOME_ACCEPTED' }] }),
  });
  address = `127.0.0.1:${await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  )}`;
});

afterEach(() => server.forceShutdown());

function eventOf(messageId: string, state: MessageStatus = MessageStatus.MESSAGE_STATUS_READ): object {
  const time = { seconds: 1_893_456_000, nanos: 0 };
  return { messageId, account: 'default', key: 'k', status: state, time };
}

/** A failure as a gateway tells it. */
function failWith(stream: Stream, code: status, resumeFrom?: string): void {
  const metadata = new Metadata();
  const info = ErrorInfo.encode({
    reason: 'SHUTTING_DOWN',
    domain: 'parley',
    metadata: resumeFrom === undefined ? {} : { resume_from: resumeFrom },
  }).finish();
  const retry = RetryInfo.encode({ retryDelay: { seconds: 0, nanos: 1e6 } }).finish();
  const details = [
    { typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: Buffer.from(info) },
    { typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value: Buffer.from(retry) },
  ];
  const encoded = Status.encode({ code, message: 'no', details }).finish();
  metadata.set('grpc-status-details-bin', Buffer.from(encoded));
  stream.emit('error', { code, details: 'no', metadata });
}

async function watched(
  options: Partial<WatchOptions> = {},
): Promise<{ code: number; events: string[]; notes: string[] }> {
  const [events, notes]: [string[], string[]] = [[], []];
  const code = await watch(
    { grpc: address, account: [], id: [], status: [], ...options },
    { event: (line) => events.push(line), note: (line) => notes.push(line) },
  );
  return { code, events, notes };
}

describe('parley watch', () => {
  it('resumes from where it is told, else from the last response, and prints each event once', async () => {
    streams = [
      (stream) => {
        stream.write({ event: eventOf('a'), resumeTime: { seconds: 10, nanos: 5 } });
        failWith(stream, status.UNAVAILABLE);
      },
      (stream) => {
        stream.write({ event: eventOf('a'), resumeTime: { seconds: 20, nanos: 0 } });
        stream.write({ event: eventOf('b'), resumeTime: { seconds: 20, nanos: 0 } });
        failWith(stream, status.UNAVAILABLE, '1970-01-01T00:00:15.500Z');
      },
      (stream) => failWith(stream, status.PERMISSION_DENIED),
    ];
    const from = new Date(1_000);
    const { code, events } = await watched({ from, account: ['default'], id: ['a', 'b'] });
    expect(requests.map(({ fromTime }) => fromTime)).toEqual([
      { seconds: 1, nanos: 0 },
      { seconds: 10, nanos: 5 },
      { seconds: 15, nanos: 5e8 },
    ]);
    expect(requests[0]).toMatchObject({ accounts: ['default'], messageIds: ['a', 'b'] });
    expect(events).toEqual([
      '2030-01-01T00:00:00.000Z  READ       id=a  key=k  account=default',
      '2030-01-01T00:00:00.000Z  READ       id=b  key=k  account=default',
    ]);
    expect(code).toBe(1);
  });

  it('ends when no gateway answers at the start, and says so', async () => {
    server.forceShutdown();
    const { code, notes } = await watched();
    expect(code).toBe(1);
    expect(notes[0]).toMatch(/^UNAVAILABLE/);
  });
});

describe('parley send --until', () => {
  const {
    MESSAGE_STATUS_SENT: SENT,
    MESSAGE_STATUS_DELIVERED: DELIVERED,
    MESSAGE_STATUS_READ: READ,
    MESSAGE_STATUS_FAILED: FAILED,
  } = MessageStatus;

  let cancelled: PromiseWithResolvers<void>;
  beforeEach(() => {
    cancelled = Promise.withResolvers();
  });

  async function sent(
    until: MessageStatus,
    states: readonly MessageStatus[],
    timeout = 5,
  ): Promise<{ code: number; lines: string[] }> {
    streams = [
      (stream) => {
        stream.on('cancelled', () => cancelled.resolve());
        for (const state of states) stream.write({ event: eventOf('order-7', state) });
      },
    ];
    const lines: string[] = [];
    const message = {
      to: '+15550001234',
      text: 'Hello',
      account: 'default',
      previewUrl: false,
      metadata: {},
    };
    const code = await send({ ...message, grpc: address, timeout, until }, (line) => lines.push(line));
    return { code, lines };
  }

  it('prints the result and the statuses of that message alone, and ends once it has come so far', async () => {
    const { code, lines } = await sent(READ, [SENT, READ, DELIVERED]);
    expect(lines).toEqual([
      'ACCEPTED  id=order-7  key=k',
      '2030-01-01T00:00:00.000Z  SENT       id=order-7  key=k  account=default',
      '2030-01-01T00:00:00.000Z  READ       id=order-7  key=k  account=default',
    ]);
    expect(code).toBe(0);
    expect(requests[0]).toMatchObject({ accounts: ['default'], messageIds: ['order-7'] });
  });

  it('leaves no watch behind that would keep the process alive', async () => {
    await sent(READ, [READ], 3_600);
    await cancelled.promise;
  });

  it('ends when the status was left out and a later one comes', async () => {
    expect((await sent(DELIVERED, [SENT, READ])).code).toBe(0);
  });

  it('fails when the message does', async () => {
    const { code, lines } = await sent(DELIVERED, [SENT, FAILED, READ]);
    expect(lines.at(-1)).toContain('FAILED');
    expect(code).toBe(1);
  });

  it('gives up in time', async () => {
    const { code, lines } = await sent(READ, [SENT], 0.2);
    expect(lines.at(-1)).toMatch(/^DEADLINE_EXCEEDED/);
    expect(code).toBe(1);
  });
});

describe('parley get', () => {
  it('prints the state, how sending ended, and the history', async () => {
    const lines: string[] = [];
    const options = { id: 'order-7', grpc: address, account: 'default', timeout: 5 };
    expect(await get(options, (line) => lines.push(line))).toBe(0);
    expect(lines).toEqual([
      'READ  id=order-7  key=k  attempts=1',
      '  sending: ACCEPTED  id=order-7  key=k',
      '  2030-01-01T00:00:00.000Z  READ       id=order-7  key=k  account=default',
    ]);
  });
});

interface Packages {
  readonly parley: {
    readonly conversational: { readonly v1: { readonly ConversationalService: ServiceClientConstructor } };
  };
}
