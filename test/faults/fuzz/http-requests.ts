import { mutatedJson } from '@parley/testing/mutated-json';
import fc from 'fast-check';
import type { RawCase } from './raw-exchange.ts';

const SEND = '/v1/conversational/send';
const CALLBACK = '/callbacks/insider/default';
const DEPTH = 20_000;

/** To a recipient of its own, so that none waits for another. */
function bodyTo(recipient: number): object {
  const message = { type: 'text', text: { body: 'Hello' } };
  return { messages: [{ phoneNumber: `+1415${2_000_000 + recipient}`, message }] };
}

const method = fc.oneof(
  { weight: 12, arbitrary: fc.constant('POST') },
  fc.constantFrom(
    'GET',
    'HEAD',
    'PUT',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'CONNECT',
    'PATCH',
    'PURGE',
    'M-SEARCH',
    'post',
    'NOPE',
    '',
  ),
);
const target = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(SEND, CALLBACK) },
  fc.constantFrom(
    '/',
    '*',
    '/metrics',
    '/health/live',
    '/health/ready',
    '/docs',
    `http://x${SEND}`,
    'x:443',
    `${SEND}/`,
    `/${SEND}`,
  ),
  fc.constantFrom(
    `${SEND}?a=%`,
    `${SEND}#x`,
    '/%',
    '/%00',
    '/%ff',
    '/..%2f',
    '/callbacks/insider/',
    `/callbacks/insider/${'x'.repeat(300)}`,
  ),
  fc.constantFrom(
    '/callbacks/insider/__proto__',
    '/callbacks/insider/%F0%9F',
    `/${'a'.repeat(9_000)}`,
    `${SEND}?${'a=1&'.repeat(2_000)}`,
  ),
  fc.webPath().map((path) => path || '/'),
);
const version = fc.oneof(
  { weight: 40, arbitrary: fc.constant('HTTP/1.1') },
  fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'http/1.1', 'HTTP/1.', ''),
);

const header = fc.oneof(
  fc.constantFrom(
    ...[
      'expect: 100-continue',
      'expect: x',
      'upgrade: h2c',
      'connection: upgrade',
      'connection: close',
      'connection: keep-alive, te',
    ],
    ...[
      'content-type: json',
      'content-type: application/json; charset=\xff',
      'content-encoding: gzip',
      'traceparent: 00-x',
    ],
    ...[
      'x-forwarded-for: 1.2.3.4',
      'x-ins-auth-key: ',
      'accept: */*, ,',
      'host: y',
      'te: trailers',
      'range: bytes=0-',
    ],
    ...[
      ' folded',
      'no-colon',
      ': no name',
      'space : x',
      'nul: \0',
      'cr: a\rb',
      `long: ${'x'.repeat(20_000)}`,
    ],
  ),
  fc
    .tuple(fc.string({ maxLength: 10 }), fc.string({ maxLength: 20 }))
    .map(([name, value]) => `${name}: ${value}`),
);
const many = fc
  .constantFrom(...Array<number>(20).fill(0), 100, 3_000)
  .map((count) => Array.from({ length: count }, (_, nth) => `h${nth}: x`));

const json = mutatedJson(fc.nat({ max: 999_999 }).map(bodyTo), { atMost: 2 }).map((body) =>
  Buffer.from(JSON.stringify(body ?? null)),
);
const body = fc.oneof(
  { weight: 8, arbitrary: json },
  fc.constant(Buffer.alloc(0)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      '['.repeat(DEPTH),
      '{"a":'.repeat(DEPTH),
      `{"messages":[${'{},'.repeat(DEPTH)}{}]}`,
      '"\\u0000"',
    )
    .map((text) => Buffer.from(text)),
);

/** How a body's length is told; more than one way is a conflict. */
type Framing = (body: Buffer) => { readonly lines: readonly string[]; readonly bytes: Buffer };
const chunked = (bytes: Buffer, size = bytes.length.toString(16)): Buffer =>
  Buffer.concat([Buffer.from(`${size}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')]);
const lengthOf = (bytes: Buffer, lie = 0): string => `content-length: ${bytes.length + lie}`;
const FRAMINGS: readonly Framing[] = [
  (bytes) => ({ lines: [lengthOf(bytes)], bytes }),
  (bytes) => ({ lines: ['transfer-encoding: chunked'], bytes: chunked(bytes) }),
  (bytes) => ({ lines: ['transfer-encoding: chunked'], bytes: chunked(bytes, 'ffffffffffffffffff') }),
  (bytes) => ({ lines: ['transfer-encoding: chunked'], bytes: chunked(bytes, '-1') }),
  (bytes) => ({
    lines: ['transfer-encoding: chunked'],
    bytes: chunked(bytes, `${bytes.length.toString(16)};${'x'.repeat(20_000)}`),
  }),
  (bytes) => ({ lines: ['transfer-encoding: chunked'], bytes }),
  (bytes) => ({ lines: ['transfer-encoding: gzip'], bytes }),
  (bytes) => ({ lines: [lengthOf(bytes, 100)], bytes }),
  (bytes) => ({ lines: [lengthOf(bytes, -1)], bytes }),
  (bytes) => ({ lines: ['content-length: -1'], bytes }),
  (bytes) => ({ lines: ['content-length: 99999999999999999999'], bytes }),
  (bytes) => ({ lines: ['content-length: 0x10'], bytes }),
  (bytes) => ({ lines: [], bytes }),
];
const CONFLICTS: readonly Framing[] = [
  (bytes) => ({ lines: [lengthOf(bytes), 'transfer-encoding: chunked'], bytes: chunked(bytes) }),
  (bytes) => ({ lines: ['transfer-encoding: chunked', 'content-length: 4'], bytes: chunked(bytes) }),
  (bytes) => ({ lines: [lengthOf(bytes), lengthOf(bytes, 1)], bytes }),
  (bytes) => ({
    lines: ['transfer-encoding: identity', 'transfer-encoding: chunked', lengthOf(bytes)],
    bytes: chunked(bytes),
  }),
];

const requestWith = (
  framings: readonly Framing[],
  token: string,
  lines: fc.Arbitrary<readonly string[]>,
): fc.Arbitrary<Buffer> =>
  fc
    .record({
      method,
      target,
      version,
      body,
      lines,
      framing: fc.oneof(fc.constantFrom(...framings), fc.constantFrom(...framings.slice(0, 2))),
      eol: fc.constantFrom(...Array<string>(20).fill('\r\n'), '\n'),
    })
    .map(({ method: verb, target: path, version: spoken, body: content, lines: more, framing, eol }) => {
      const told = framing(content);
      const head = [
        `${verb} ${path} ${spoken}`,
        'host: x',
        `authorization: Bearer ${token}`,
        ...told.lines,
        ...more,
        '',
        '',
      ];
      return Buffer.concat([Buffer.from(head.join(eol), 'latin1'), told.bytes]);
    });

/** What a client writes on a connection that no client should; some of it one request after another, some never ended. */
export function httpConnection(token: string): fc.Arbitrary<RawCase> {
  const some = fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    fc.array(header, { minLength: 1, maxLength: 2 }),
  );
  const lines = fc.tuple(some, many).map(([few, more]) => [...few, ...more]);
  const request = requestWith([...FRAMINGS, ...CONFLICTS], token, lines);
  return fc
    .record({
      requests: fc.array(
        fc.oneof(
          { weight: 12, arbitrary: request },
          fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
        ),
        { minLength: 1, maxLength: 3 },
      ),
      cutAt: fc.option(fc.nat({ max: 400 }), { freq: 5 }),
      ending: fc.constantFrom<RawCase['ending']>('end', 'end', 'end', 'wait', 'reset'),
    })
    .map(({ requests, cutAt, ending }) => {
      const all = Buffer.concat(requests);
      const at = cutAt === null ? all.length : Math.min(cutAt, all.length);
      // Half of them in two pieces, the rest of some never comes.
      return {
        pieces: at % 2 === 0 ? [all.subarray(0, at), all.subarray(at)] : [all.subarray(0, at)],
        ending,
      };
    });
}

/** Requests whose length is told in two ways that differ. */
export function conflictingRequest(token: string): fc.Arbitrary<RawCase> {
  return requestWith(CONFLICTS, token, fc.constant([])).map((bytes) => ({ pieces: [bytes], ending: 'end' }));
}

/** The status of each answer on a connection, in order. */
export function statusesIn(received: Buffer): number[] {
  return [...received.toString('latin1').matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) =>
    Number(status),
  );
}
