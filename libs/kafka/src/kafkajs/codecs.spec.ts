import { describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { registerCodecs } from './codecs.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;

interface Codec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

describe('registerCodecs', () => {
  registerCodecs();

  it.each(['GZIP', 'Snappy', 'LZ4', 'ZSTD'] as const)('makes %s round-trip', async (name) => {
    const codec = CompressionCodecs[CompressionTypes[name]]() as Codec;
    const buffer = Buffer.from('a record, a record, a record, '.repeat(5_000));
    const compressed = await codec.compress({ buffer });
    expect(compressed.length).toBeLessThan(buffer.length / 4);
    expect(buffer.equals(await codec.decompress(compressed))).toBe(true);
  });
});
