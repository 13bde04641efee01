// Of kafkajs 2.2.4, which has no types for its inner parts.

declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(buffer: Buffer);
    /** Used for the headers of a record, and for nothing else. */
    readVarIntArray<Item>(read: (decoder: Decoder) => Item): Item[];
  }
}

declare module 'kafkajs/src/protocol/recordBatch/record/v0/index.js' {
  export default function encodeRecord(record: {
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: Readonly<Record<string, Buffer | readonly Buffer[]>>;
  }): { readonly buffer: Buffer };
}

declare module 'kafkajs/src/protocol/recordBatch/record/v0/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';

  export default function decodeRecord(
    decoder: Decoder,
    batch: { readonly firstOffset: string; readonly firstTimestamp: string },
  ): { readonly headers: object };
}
