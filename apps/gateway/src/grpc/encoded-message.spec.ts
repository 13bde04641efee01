import { describe, expect, it } from '@jest/globals';
import { loadSync } from '@grpc/proto-loader';
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import {
  CONVERSATIONAL_PACKAGE,
  CONVERSATIONAL_PROTO,
  CONVERSATIONAL_SERVICE,
  PROTO_FOLDER,
} from '@parley/contracts';
import { DecodedRequest, handOnUndecodable } from './decoded-request.ts';
import { isEncodedMessage, shapeOf } from './encoded-message.ts';
import type { MessageShape } from './encoded-message.ts';

const definition = loadSync(CONVERSATIONAL_PROTO, { includeDirs: [PROTO_FOLDER], defaults: true });
const [SEND, WATCH] = [typeOf('SendConversationalRequest'), typeOf('WatchMessagesRequest')];
const [SEND_SHAPE, WATCH_SHAPE] = [shapeOf(SEND, definition), shapeOf(WATCH, definition)];
const MIB = 1024 * 1024;

function typeOf(name: string): MessageTypeDefinition<object, object> {
  return definition[`${CONVERSATIONAL_PACKAGE}.${name}`] as MessageTypeDefinition<object, object>;
}

const FULL_MESSAGE = {
  messageId: 'a',
  phoneNumber: '+15550001234',
  text: { body: 'x'.repeat(300), previewUrl: true },
  expireTime: { seconds: 1_927_540_000_000, nanos: 1 },
  ambiguousSends: -1,
  metadata: Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`k${index}`, 'v'])),
};

function isSend(hex: string): boolean {
  return isEncodedMessage(Buffer.from(hex.replaceAll(' ', ''), 'hex'), SEND_SHAPE, 100);
}

describe('isEncodedMessage', () => {
  it('takes 1,000 messages with everything that one may hold', () => {
    const bytes = SEND.serialize({ account: 'shop', messages: Array(1_000).fill(FULL_MESSAGE) });
    expect(isEncodedMessage(bytes, SEND_SHAPE, 58_001)).toBe(true);
    expect(isEncodedMessage(bytes, SEND_SHAPE, 58_000)).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['fields that it does not know', '78 05  7a 02 ff ff  79 0102030405060708  7d 01020304'],
    ['an unknown number of ten bytes', '78 ffffffffffffffffff01'],
    ['a negative policy', '0a 0b 28 ffffffffffffffffff01'],
    ['a time in seconds of nine bytes', '0a 0c 22 0a 08 ffffffffffffffff7f'],
  ])('takes %s', (_name, hex) => {
    expect(isSend(hex)).toBe(true);
  });

  it.each([
    ['a number where a message belongs', '08 05'],
    ['a number for an account', '10 05'],
    ['a text for a flag', '0a 05 1a 03 12 01 01'],
    ['a length beyond the end', '12 05 61'],
    ['a length beyond the message that it is in', '0a 03 12 05 61 62 63 64 65'],
    ['a tag that is cut off', '80'],
    ['a tag of six bytes', '928080808000 00'],
    ['a length of six bytes', '12 8180808080 00 61'],
    ['a length of 33 bits', '12 ffffffff1f'],
    ['a number of eleven bytes', '78 ffffffffffffffffffff01'],
    ['a policy of six bytes', '0a 07 28 808080808000'],
    ['eight bytes that are four', '79 01020304'],
    ['a group', '7b 78 05 7c'],
    ['the end of a group', '7c'],
    ['wire types that there are not', '0e 00  0f 00'],
    ['field 0', '02 00'],
  ])('takes %s for none', (_name, hex) => {
    expect(isSend(hex)).toBe(false);
  });

  it('counts packed values by their bytes', () => {
    const packed = (length: number): Buffer => WATCH.serialize({ statuses: Array<number>(length).fill(2) });
    const takes = (bytes: Buffer, shape: MessageShape): boolean => isEncodedMessage(bytes, shape, 100);
    expect(takes(packed(99), WATCH_SHAPE)).toBe(true);
    expect(takes(packed(101), WATCH_SHAPE)).toBe(false);
  });
});

describe('handOnUndecodable', () => {
  // Decoded, each of them is millions of objects.
  it.each([
    ['SendConversational', 'empty messages', Buffer.alloc(32 * MIB, Buffer.from('0a00', 'hex'))],
    [
      'SendConversational',
      'empty metadata',
      enclosed(0x0a, Buffer.alloc(32 * MIB, Buffer.from('3200', 'hex'))),
    ],
    ['SendConversational', 'unknown fields', Buffer.alloc(32 * MIB, Buffer.from('7800', 'hex'))],
    ['WatchMessages', 'empty accounts', Buffer.alloc(32 * MIB, Buffer.from('0a00', 'hex'))],
    ['WatchMessages', 'statuses', enclosed(0x1a, Buffer.alloc(32 * MIB, 1))],
  ])('%s refuses 32 MiB of %s without decoding them', (method, _of, bytes) => {
    const service = loadSync(CONVERSATIONAL_PROTO, { includeDirs: [PROTO_FOLDER], defaults: true });
    handOnUndecodable(service, CONVERSATIONAL_SERVICE);
    const methods = service[CONVERSATIONAL_SERVICE] as unknown as Record<
      string,
      { requestDeserialize: (bytes: Buffer) => object }
    >;
    const heldBefore = process.memoryUsage().heapUsed;
    expect(() => new DecodedRequest().transform(methods[method]?.requestDeserialize(bytes) ?? {})).toThrow(
      'holds too much',
    );
    // Jest holds something for the error, too; the objects would be a gigabyte.
    expect(process.memoryUsage().heapUsed - heldBefore).toBeLessThan(100 * MIB);
  });
});

/** As the content of one field. */
function enclosed(tag: number, content: Buffer): Buffer {
  const length = [0, 7, 14, 21, 28].map((shift) => Math.floor(content.length / 2 ** shift) % 128);
  return Buffer.concat([
    Buffer.from([tag, ...length.map((bits, index) => bits + (index < 4 ? 128 : 0))]),
    content,
  ]);
}
