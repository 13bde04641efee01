import fc from 'fast-check';
import { HOSTILE_VALUES, mutateJson } from './mutate-json.ts';
import type { JsonMutation } from './mutate-json.ts';

const mutation = fc.record<JsonMutation>({
  act: fc.nat(),
  at: fc.nat(),
  name: fc.nat(),
  by: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...HOSTILE_VALUES) }, fc.string()),
});

/** Valid JSON values in which something went wrong, up to so many times. */
export function mutatedJson(
  valid: fc.Arbitrary<unknown>,
  { atMost }: { readonly atMost: number },
): fc.Arbitrary<unknown> {
  return fc
    .tuple(valid, fc.array(mutation, { maxLength: atMost }))
    .map(([original, mutations]) => mutateJson(original, mutations));
}
