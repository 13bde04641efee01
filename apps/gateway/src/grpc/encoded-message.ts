import type { MessageTypeDefinition, PackageDefinition } from '@grpc/proto-loader';

/** How the fields of a protobuf message are encoded, by number. */
export type MessageShape = ReadonlyMap<number, FieldShape>;

interface FieldShape {
  readonly wire: number;
  /** Of a varint: whether the decoder reads it as 64 bits. */
  readonly isLong: boolean;
  /** What the field holds, where that is a message. */
  readonly message: MessageShape | undefined;
  /** Several values in one field, each of at least a byte. */
  readonly mayBePacked: boolean;
}

/** The wire types of protobuf's encoding; groups, which proto3 does not have, are left out. */
const WIRE = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

/**
 * Whether bytes are an encoded message of a shape, with at most so many fields, those of the messages in it included.
 * The library's decoder looks at no wire type and has no bound: a few bytes of the wire become an object each, and 32 MiB
 * of them more than fits into memory.
 */
export function isEncodedMessage(bytes: Uint8Array, shape: MessageShape, mostFields: number): boolean {
  const scan = new Scan(bytes, mostFields);
  return scan.isMessage(bytes.length, shape);
}

class Scan {
  readonly #bytes: Uint8Array;
  #fieldsLeft: number;
  #at = 0;

  constructor(bytes: Uint8Array, mostFields: number) {
    this.#bytes = bytes;
    this.#fieldsLeft = mostFields;
  }

  /** From where the scan is, up to `end`. */
  isMessage(end: number, shape: MessageShape): boolean {
    while (this.#at < end) {
      const tag = this.#uint32();
      const wire = tag & 7;
      const field = shape.get(tag >>> 3);
      const isKnownWire =
        field === undefined || wire === field.wire || (field.mayBePacked && wire === WIRE.delimited);
      this.#fieldsLeft -= 1;
      if (tag < 8 || !isKnownWire || this.#fieldsLeft < 0 || !this.#isContent(wire, field, end)) return false;
    }
    return this.#at === end && this.#fieldsLeft >= 0;
  }

  #isContent(wire: number, field: FieldShape | undefined, end: number): boolean {
    switch (wire) {
      case WIRE.varint:
        return this.#skipVarint(field !== undefined && !field.isLong);
      case WIRE.fixed64:
        this.#at += 8;
        return true;
      case WIRE.fixed32:
        this.#at += 4;
        return true;
      case WIRE.delimited: {
        const length = this.#uint32();
        const contentEnd = this.#at + length;
        if (length < 0 || contentEnd > end) return false;
        if (field?.message) return this.isMessage(contentEnd, field.message);
        if (field?.mayBePacked) this.#fieldsLeft -= length;
        this.#at = contentEnd;
        return true;
      }
      default:
        return false;
    }
  }

  /** A varint of 32 bits as every encoder writes tags and lengths, in at most 5 bytes; -1 for any other. */
  #uint32(): number {
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.#bytes[this.#at] ?? 255;
      this.#at += 1;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value < 2 ** 32 ? value : -1;
    }
    return -1;
  }

  /**
   * At most 10 bytes. What is read as 32 bits has at most 5, or all 10 of a negative number: of any other length the
   * decoder takes 10, and goes on elsewhere than this scan.
   */
  #skipVarint(isShort: boolean): boolean {
    for (let length = 1; length <= 10; length += 1) {
      const byte = this.#bytes[this.#at] ?? 255;
      this.#at += 1;
      if (byte < 128) return !isShort || length <= 5 || length === 10;
    }
    return false;
  }
}

/** The shape of a message type of a package. */
export function shapeOf(
  type: MessageTypeDefinition<object, object>,
  definition: PackageDefinition,
): MessageShape {
  return shapeOfDescriptor(type.type as Descriptor, definition);
}

/** What is used of google.protobuf.DescriptorProto, as the loader fills it in. */
interface Descriptor {
  readonly name: string;
  readonly field: readonly {
    readonly number: number;
    readonly label: string;
    readonly type: string;
    /** Full, or relative to the package or to this message. */
    readonly typeName: string;
  }[];
  readonly nestedType: readonly Descriptor[];
}

function shapeOfDescriptor({ field, nestedType }: Descriptor, definition: PackageDefinition): MessageShape {
  return new Map(
    field.map(({ number, label, type, typeName }) => {
      const wire = wireOf(type);
      const inner =
        type === 'TYPE_MESSAGE'
          ? (nestedType.find(({ name }) => name === typeName) ?? find(typeName))
          : undefined;
      const message = inner && shapeOfDescriptor(inner, definition);
      const mayBePacked = label === 'LABEL_REPEATED' && wire !== WIRE.delimited;
      return [number, { wire, isLong: type.endsWith('64'), message, mayBePacked }];
    }),
  );

  function find(typeName: string): Descriptor {
    const [, found] =
      Object.entries(definition).find(([name]) => name === typeName || name.endsWith(`.${typeName}`)) ?? [];
    if (!found || !('type' in found)) throw new Error(`${typeName} is not in the package`);
    return found.type as Descriptor;
  }
}

function wireOf(type: string): number {
  switch (type) {
    case 'TYPE_STRING':
    case 'TYPE_BYTES':
    case 'TYPE_MESSAGE':
      return WIRE.delimited;
    case 'TYPE_DOUBLE':
    case 'TYPE_FIXED64':
    case 'TYPE_SFIXED64':
      return WIRE.fixed64;
    case 'TYPE_FLOAT':
    case 'TYPE_FIXED32':
    case 'TYPE_SFIXED32':
      return WIRE.fixed32;
    default:
      return WIRE.varint;
  }
}
