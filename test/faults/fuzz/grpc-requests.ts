import { CONVERSATIONAL_SERVICE } from '@parley/contracts';
import { mutatedProtobuf } from '@parley/testing/mutated-protobuf';
import { encodeRequest } from '@parley/testing/gateway-client';
import fc from 'fast-check';

export interface GrpcRequest {
  readonly path: string;
  /** Beside or instead of those of a call. */
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: readonly Buffer[];
  /** Whether the call is one as the protocol has it, whatever its message holds: then it is answered by our own handlers. */
  readonly isCall: boolean;
}

const REQUESTS = {
  GetMessage: { messageId: 'order-4711', account: 'default' },
  WatchMessages: {
    accounts: ['default'],
    messageIds: ['a'],
    statuses: [2, 5],
    fromTime: { seconds: 1, nanos: 1 },
  },
} as const;

/** To a recipient of its own, so that none waits for another. */
function requestOf(name: string, recipient: number): object {
  if (name in REQUESTS) return REQUESTS[name as keyof typeof REQUESTS];
  const phoneNumber = `+1415${2_000_000 + recipient}`;
  return { messages: [{ phoneNumber, text: { body: 'Hello' }, metadata: { a: 'b' } }] };
}

const method = fc.constantFrom('SendConversational', ...Object.keys(REQUESTS));
const content = fc.tuple(method, fc.nat({ max: 999_999 })).chain(([name, recipient]) => {
  const valid = fc.constant(encodeRequest(name, requestOf(name, recipient)));
  return mutatedProtobuf(valid, { atMost: 3 }).map(
    (bytes) => [`/${CONVERSATIONAL_SERVICE}/${name}`, bytes] as const,
  );
});

const ascii = fc.string({
  unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCodePoint(code)),
});
const metadata = fc.dictionary(
  fc.constantFrom(
    'x-a',
    'x-b-bin',
    'traceparent',
    'authorization',
    'user-agent',
    'grpc-accept-encoding',
    'grpc-tags-bin',
  ),
  fc.oneof(ascii, fc.constantFrom('x'.repeat(5_000), 'Bearer ', '00-0-0-0', '====', 'tökén')),
);

/** Calls as the protocol has them, with messages that no one would encode on purpose. */
const call = fc
  .tuple(content, metadata)
  .map(([[path, bytes], headers]): GrpcRequest => ({ path, headers, pieces: [framed(bytes)], isCall: true }));

/** Calls that the protocol does not have. */
const noCall = fc
  .record({
    content,
    path: fc.option(
      fc.oneof(
        fc.constantFrom('/', '//', '/x/y', '/parley.conversational.v1.ConversationalService/'),
        ascii.map((path) => `/${path}`),
      ),
    ),
    headers: fc.dictionary(
      fc.constantFrom('content-type', 'grpc-encoding', 'grpc-timeout', 'x-length', 'grpc-status'),
      fc.oneof(
        ascii,
        fc.constantFrom(
          'application/grpc',
          'application/grpc-web+proto',
          'text/plain',
          'gzip',
          'deflate',
          'identity',
          '0n',
          '1H',
          '-1S',
          '99999999H',
          '5',
        ),
      ),
    ),
    flag: fc.constantFrom(0, 0, 0, 1, 2, 255),
    length: fc.option(
      fc.oneof(fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1, 33 * 1024 * 1024), fc.nat({ max: 200 })),
    ),
    times: fc.nat({ max: 3 }),
    cutAt: fc.option(fc.nat({ max: 60 })),
  })
  .map(({ content: [known, bytes], path, headers, flag, length, times, cutAt }): GrpcRequest => {
    const message = framed(bytes, flag, length ?? bytes.length);
    const pieces = Array<Buffer>(times).fill(message.subarray(0, cutAt ?? message.length));
    return { path: path ?? known, headers, pieces, isCall: false };
  });

export const grpcRequest: fc.Arbitrary<GrpcRequest> = fc.oneof({ weight: 2, arbitrary: call }, noCall);

function framed(bytes: Buffer, flag = 0, length = bytes.length): Buffer {
  const prefix = Buffer.alloc(5, flag);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, bytes]);
}
