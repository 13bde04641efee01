import { arrayOf, field, objectOf, textOf } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';

/** One `value` of Meta's envelope, or the body itself when there is no envelope around it. */
export interface CallbackPart {
  readonly value: JsonObject;
  /** The envelope's `field`: what the value is about. */
  readonly topic?: string;
  /** The provider's key, which belongs to this part and to no other. */
  readonly key?: string;
}

/**
 * Takes Meta's envelope off a callback.
 *
 * No page shows where the provider adds its key to a forwarded envelope, so every level is looked at, the nearest
 * first. A key above several values could belong to any of them and is left out.
 */
export function callbackParts(root: JsonObject): readonly CallbackPart[] {
  const found = arrayOf(field(root, 'entry'))
    .map(objectOf)
    .flatMap((entry) =>
      arrayOf(field(entry, 'changes'))
        .map(objectOf)
        .map((change) => ({
          around: [change, entry, root],
          change,
          value: objectOf(field(change, 'value')),
        })),
    );
  const change = objectOf(field(root, 'value'));
  if (found.length === 0 && change !== undefined) found.push({ around: [root], change: root, value: change });
  if (found.length === 0) found.push({ around: [], change: undefined, value: root });

  return found.flatMap(({ around, change, value }) => {
    if (value === undefined) return [];
    const topic = textOf(field(change, 'field'));
    const key = [value, ...(found.length === 1 ? around : [])].map(keyOf).find((each) => each !== undefined);
    return [{ value, ...(topic !== undefined && { topic }), ...(key !== undefined && { key }) }];
  });
}

/** The provider's table of fields spells it `Key`, its sample `key`. */
export function keyOf(holder: JsonObject | undefined): string | undefined {
  return textOf(field(holder, 'key')) ?? textOf(field(holder, 'Key'));
}
