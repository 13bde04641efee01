import { field, listOf, objectOf, textOf } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import { idOf } from './meta-fields.ts';

/** One `value` of Meta's envelope, or the body itself when there is no envelope around it. */
export interface CallbackPart {
  /** Undefined when the envelope has nothing readable in that place. */
  readonly value: JsonObject | undefined;
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
  const found = changesOf(root);
  return found.map(({ around, change, value }) => {
    const topic = textOf(field(change, 'field'));
    const key = [value, ...(found.length === 1 ? around : [])].map(keyOf).find((each) => each !== undefined);
    return { value, ...(topic !== undefined && { topic }), ...(key !== undefined && { key }) };
  });
}

/** The provider's table of fields spells it `Key`, its sample `key`. */
export function keyOf(holder: JsonObject | undefined): string | undefined {
  return idOf(field(holder, 'key')) ?? idOf(field(holder, 'Key'));
}

interface Change {
  /** What may hold the key, the nearest first. */
  readonly around: readonly (JsonObject | undefined)[];
  readonly change: JsonObject | undefined;
  readonly value: JsonObject | undefined;
}

/** Every change of the envelope, unreadable ones included; of a body without one, the change that it is itself. */
function changesOf(root: JsonObject): readonly Change[] {
  const found = listOf(field(root, 'entry')).flatMap((each) => {
    const entry = objectOf(each);
    const changes = listOf(field(entry, 'changes'));
    return (changes.length > 0 ? changes : [undefined]).map((item) => {
      const change = objectOf(item);
      return { around: [change, entry, root], change, value: objectOf(field(change, 'value')) };
    });
  });
  if (found.length > 0) return found;
  const value = objectOf(field(root, 'value'));
  if (value !== undefined) return [{ around: [root], change: root, value }];
  return [{ around: [], change: undefined, value: root }];
}
