import { CONVERSATIONAL_SERVICE } from '@parley/contracts';
import fc from 'fast-check';
import type { RawCase } from './raw-exchange.ts';

/** Of RFC 9113, with two that it does not know. */
const FRAME = {
  ...{ data: 0, headers: 1, priority: 2, reset: 3, settings: 4, push: 5, ping: 6, goaway: 7 },
  ...{ window: 8, continuation: 9, altsvc: 10, none: 250 },
} as const;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** The most that a peer takes that was told nothing else. */
const MAX_PAYLOAD = 16_384;

type Header = readonly [name: string, value: string];

const CALL: readonly Header[] = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', `/${CONVERSATIONAL_SERVICE}/SendConversational`],
  [':authority', 'gateway'],
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
];

const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((each) => Buffer.from(each));
const stream = fc.oneof(fc.constantFrom(0, 1, 1, 1, 3, 5, 2), fc.nat({ max: 2 ** 31 - 1 }));
const word = fc.oneof(
  fc.constantFrom(0, 1, 2 ** 31 - 1, 2 ** 32 - 1, 65_535, MAX_PAYLOAD),
  fc.nat({ max: 2 ** 32 - 1 }),
);

const headerValue = fc.oneof(
  fc.constantFrom(
    '',
    'POST',
    '/',
    '/x',
    'application/grpc+json',
    '1S',
    '99999999H',
    'x'.repeat(20_000),
    '\u0000',
    '\xff',
    '\r\nx: y',
  ),
  fc.string(),
);
const headerName = fc.oneof(
  fc.constantFrom(
    ':path',
    ':method',
    ':status',
    ':bogus',
    'te',
    'grpc-timeout',
    'grpc-encoding',
    'content-length',
    'x-bin',
    'X-Upper',
    'connection',
    '',
  ),
  fc.string({ maxLength: 8 }),
);

/** Those of a call in which something went wrong. */
const headers = fc
  .tuple(
    fc.shuffledSubarray([...CALL], { minLength: 3 }),
    fc.array(fc.tuple(headerName, headerValue), { maxLength: 3 }),
    fc.boolean(),
  )
  .map(([some, more, whole]) => encodeHeaders([...(whole ? CALL : some), ...more]));

const message = fc
  .tuple(fc.constantFrom(0, 0, 0, 1, 7, 255), fc.oneof(word, fc.nat({ max: 40 })), bytes(40))
  .map(([flag, length, content]) => {
    const prefix = Buffer.alloc(5, flag);
    prefix.writeUInt32BE(length, 1);
    return Buffer.concat([prefix, content]);
  });

const payloadOf: Readonly<Record<string, fc.Arbitrary<Buffer>>> = {
  data: fc.oneof({ weight: 3, arbitrary: message }, bytes(300), fc.constant(Buffer.alloc(MAX_PAYLOAD))),
  headers: fc.oneof({ weight: 4, arbitrary: headers }, bytes(60)),
  continuation: fc.oneof(headers, bytes(60)),
  settings: fc
    .array(fc.tuple(fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: 65_535 })), word), { maxLength: 6 })
    .map((pairs) =>
      Buffer.concat(pairs.map(([id, value]) => Buffer.concat([number(id, 2), number(value, 4)]))),
    ),
  window: word.map((each) => number(each, 4)),
  reset: word.map((each) => number(each, 4)),
  goaway: fc.tuple(word, word).map(([last, code]) => Buffer.concat([number(last, 4), number(code, 4)])),
  ping: fc.constant(Buffer.alloc(8)),
};

/** A frame, its length now and then a lie. */
const frame = fc
  .constantFrom(
    ...(Object.keys(FRAME) as (keyof typeof FRAME)[]),
    'headers',
    'headers',
    'data',
    'data',
    'reset',
  )
  .chain((name) =>
    fc.record({
      type: fc.constant(FRAME[name]),
      flags: fc.oneof(fc.constantFrom(0, 1, 4, 5), fc.nat({ max: 255 })),
      stream: fc.oneof(
        { weight: 5, arbitrary: fc.constant(name === 'settings' || name === 'ping' ? 0 : 1) },
        stream,
      ),
      payload: fc.oneof({ weight: 8, arbitrary: payloadOf[name] ?? bytes(40) }, bytes(20)),
      lie: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, fc.integer({ min: -5, max: 2 ** 24 - 1 })),
    }),
  )
  .map(({ type, flags, stream: id, payload, lie }) => {
    const length = Math.min(2 ** 24 - 1, Math.max(0, payload.length + lie));
    return Buffer.concat([number(length, 3), Buffer.from([type, flags]), number(id, 4), payload]);
  });

const beginning = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constant(
      Buffer.concat([
        PREFACE,
        Buffer.from('000000040000000000', 'hex'),
        Buffer.from('000000040100000000', 'hex'),
      ]),
    ),
  },
  { weight: 1, arbitrary: fc.constant(PREFACE) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      PREFACE.subarray(0, 10),
      Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
      Buffer.from('160301000501', 'hex'),
    ),
  },
  { weight: 1, arbitrary: bytes(60) },
);

/** Connections to a gRPC listener that no client makes: broken frames, windows, headers and orders of them. */
export const http2Session: fc.Arbitrary<RawCase> = fc
  .record({
    beginning,
    frames: fc.array(frame, { maxLength: 8 }),
    asOne: fc.boolean(),
    ending: fc.constantFrom<RawCase['ending']>('end', 'end', 'reset', 'wait'),
  })
  .map(({ beginning: first, frames, asOne, ending }) => ({
    pieces: asOne ? [Buffer.concat([first, ...frames])] : [first, ...frames],
    ending,
  }));

/** HPACK without an index and without Huffman's code. */
function encodeHeaders(list: readonly Header[]): Buffer {
  return Buffer.concat(list.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

function text(value: string): Buffer {
  const content = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(content.length), content]);
}

/** In a prefix of seven bits. */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const rest: number[] = [];
  for (let left = value - 127; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([127, ...rest, left]);
    rest.push((left % 128) + 128);
  }
}

function number(value: number, length: number): Buffer {
  const written = Buffer.alloc(length);
  written.writeUIntBE(value, 0, length);
  return written;
}
