/** One thing that goes wrong with an encoded message. The numbers are taken modulo what there is to choose from. */
export interface ProtobufMutation {
  readonly act: number;
  /** Which of its fields, those of the messages in it included; or which of its bytes. */
  readonly at: number;
  /** What replaces something, where something is replaced. */
  readonly by: Uint8Array;
}

/** A copy of an encoded protobuf message after the mutations, one after another. */
export function mutateProtobuf(original: Uint8Array, mutations: readonly ProtobufMutation[]): Buffer {
  return mutations.reduce(mutate, Buffer.from(original));
}

const ACTS = ['delete', 'double', 'renumber', 'rewire', 'replace', 'lie', 'cut', 'flip', 'insert'] as const;
/** Costly ones, one in so many. */
const RARE_ACTS = ['multiply', 'nest', 'group'] as const;
const RARE = 300;

const COPIES = 1_200;
const LEVELS = 500;

type Act = (typeof ACTS)[number] | (typeof RARE_ACTS)[number];

/** Of the wire format; the tag says which. */
const WIRE = { varint: 0, fixed64: 1, delimited: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

interface Field {
  number: number;
  wire: number;
  /** Its bytes without tag and length; or the fields of the message that it is. */
  content: Buffer | Field[];
  /** How much longer its length says it is. */
  lie: number;
}

function mutate(bytes: Buffer, { act, at, by }: ProtobufMutation): Buffer {
  const chosen = actOf(act);
  switch (chosen) {
    case 'cut':
      return bytes.subarray(0, at % (bytes.length + 1));
    case 'insert': {
      const from = at % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(from)]);
    }
    case 'flip': {
      const place = at % Math.max(1, bytes.length);
      const mask = 1 << ((by[0] ?? 0) % 8);
      return Buffer.from(bytes.map((byte, index) => (index === place ? byte ^ mask : byte)));
    }
    default: {
      const fields = decode(bytes) ?? [];
      const places = placesIn(fields);
      const place = places[at % places.length];
      if (place) mutateField(place, chosen, Buffer.from(by));
      return encode(fields);
    }
  }
}

function actOf(act: number): Act {
  if (act % RARE === 0) return RARE_ACTS[(act / RARE) % RARE_ACTS.length] ?? 'nest';
  return ACTS[act % ACTS.length] ?? 'flip';
}

interface Place {
  readonly fields: Field[];
  readonly index: number;
}

function placesIn(fields: Field[]): Place[] {
  return fields.flatMap(({ content }, index) => [
    { fields, index },
    ...(Buffer.isBuffer(content) ? [] : placesIn(content)),
  ]);
}

function mutateField({ fields, index }: Place, act: Act, by: Buffer): void {
  const field = fields[index];
  if (!field) return;
  switch (act) {
    case 'delete':
      fields.splice(index, 1);
      break;
    case 'double':
      fields.splice(index, 0, field);
      break;
    case 'multiply':
      fields.splice(index, 0, ...Array<Field>(COPIES).fill(field));
      break;
    case 'renumber':
      field.number = by[0] ?? 0;
      break;
    case 'rewire':
      field.wire = (by[0] ?? 0) % 8;
      break;
    case 'lie':
      field.lie = by.length - 4;
      break;
    case 'nest': {
      const { number, wire } = field;
      for (let level = 0; level < LEVELS; level += 1) {
        field.content = [{ number, wire, content: field.content, lie: 0 }];
      }
      break;
    }
    case 'group': {
      const tag = varint(field.number * 8 + WIRE.groupStart);
      field.wire = WIRE.delimited;
      field.content = Buffer.concat(Array<Buffer>(LEVELS).fill(tag));
      break;
    }
    default:
      field.content = by;
  }
}

function encode(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(({ number, wire, content, lie }) => {
      const bytes = Buffer.isBuffer(content) ? content : encode(content);
      const length = wire === WIRE.delimited ? [varint(Math.max(0, bytes.length + lie))] : [];
      return [varint(number * 8 + wire), ...length, bytes];
    }),
  );
}

/** Undefined when the bytes are no message. */
function decode(bytes: Buffer): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const [tag, from] = readVarint(bytes, at);
    const wire = tag % 8;
    const [start, end] = boundsOf(bytes, from, wire);
    if (tag < 8 || end > bytes.length) return undefined;
    const content = bytes.subarray(start, end);
    const inner = wire === WIRE.delimited && content.length > 0 ? decode(content) : undefined;
    fields.push({ number: Math.floor(tag / 8), wire, content: inner ?? content, lie: 0 });
    at = end;
  }
  return fields;
}

/** Where the content of a field begins and ends; beyond everything when the field is none. */
function boundsOf(bytes: Buffer, from: number, wire: number): [number, number] {
  switch (wire) {
    case WIRE.varint:
      return [from, readVarint(bytes, from)[1]];
    case WIRE.fixed64:
      return [from, from + 8];
    case WIRE.fixed32:
      return [from, from + 4];
    case WIRE.delimited: {
      const [length, start] = readVarint(bytes, from);
      return [start, start + length];
    }
    default:
      return [from, Infinity];
  }
}

/** The number and where it ends. */
function readVarint(bytes: Buffer, from: number): [number, number] {
  let value = 0;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    value += (byte % 128) * 128 ** (at - from);
    if (byte < 128) return [value, at + 1];
  }
  return [0, Infinity];
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}
