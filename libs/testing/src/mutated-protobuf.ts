import fc from 'fast-check';
import { HOSTILE_VALUES } from './mutate-json.ts';
import { mutateProtobuf } from './mutate-protobuf.ts';
import type { ProtobufMutation } from './mutate-protobuf.ts';

const VARINTS = ['ff', '80', 'ffffffffffffffffff7f', 'ffffffffffffffff01', 'ffffffff0f', '8080808010'];

const hostile = fc.constantFrom(
  ...HOSTILE_VALUES.filter((each) => typeof each === 'string').map((each) => Buffer.from(each)),
  ...VARINTS.map((hex) => Buffer.from(hex, 'hex')),
);

const mutation = fc.record<ProtobufMutation>({
  act: fc.nat({ max: 9_999 }),
  at: fc.nat({ max: 9_999 }),
  by: fc.oneof({ weight: 3, arbitrary: hostile }, fc.uint8Array({ maxLength: 16 })),
});

/** Encoded messages in which something went wrong, up to so many times. */
export function mutatedProtobuf(
  valid: fc.Arbitrary<Uint8Array>,
  { atMost }: { readonly atMost: number },
): fc.Arbitrary<Buffer> {
  return fc
    .tuple(valid, fc.array(mutation, { maxLength: atMost }))
    .map(([bytes, mutations]) => mutateProtobuf(bytes, mutations));
}
