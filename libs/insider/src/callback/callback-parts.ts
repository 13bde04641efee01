import { field, listOf, objectOf, textOf } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import { idOf } from './meta-fields.ts';
import { hasNews, nameOneMessage, newsOf } from './part-news.ts';

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
 * Takes Meta's envelope off a callback. What stands beside an envelope is one more part.
 *
 * No page shows where the provider adds its key to a forwarded envelope, so every level is looked at, the nearest
 * first. A key above news of several messages could belong to any of them and is left out.
 */
export function callbackParts(root: JsonObject): readonly CallbackPart[] {
  const found = changesOf(root);
  const sent = found.flatMap(({ change, value }) => (value && isOfMessages(change) ? sentNewsOf(value) : []));
  const namesOne = nameOneMessage(sent);
  return found.map(({ above, change, value }) => {
    const topic = topicOf(change);
    const key = [value, change, ...(namesOne ? above : [])].map(keyOf).find((each) => each !== undefined);
    return { value, ...(topic !== undefined && { topic }), ...(key !== undefined && { key }) };
  });
}

/**
 * How many pieces of news a body has, at least one for each place that may hold some; counted without looking at them, and
 * no further than beyond `limit`.
 */
export function countPieces(root: JsonObject, limit: number): number {
  let pieces = 0;
  for (const { value } of changesOf(root, limit)) {
    const lists = ['statuses', 'messages', 'errors', 'contacts'].map(
      (name) => listOf(field(value, name)).length,
    );
    pieces += Math.max(1, ...lists);
    if (pieces > limit) break;
  }
  return pieces;
}

/** The provider's table of fields spells it `Key`, its sample `key`. */
export function keyOf(holder: JsonObject | undefined): string | undefined {
  return idOf(field(holder, 'key')) ?? idOf(field(holder, 'Key'));
}

/** Whether a topic is that of messages, as one without a name is. */
export function isTopicOfMessages(topic: string | undefined): boolean {
  return topic === undefined || topic === 'messages';
}

interface Change {
  /** What may hold a key for all that is below, the nearest first. */
  readonly above: readonly (JsonObject | undefined)[];
  readonly change: JsonObject | undefined;
  readonly value: JsonObject | undefined;
}

/**
 * Every change of the envelope, unreadable ones included, and what stands beside it; of a body without one, the change that
 * it is itself. Ends soon beyond `limit`.
 */
function changesOf(root: JsonObject, limit = Infinity): readonly Change[] {
  const found: Change[] = [];
  for (const each of listOf(field(root, 'entry'))) {
    const entry = objectOf(each);
    const changes = listOf(field(entry, 'changes'));
    for (const item of changes.length > 0 ? changes : [undefined]) {
      if (found.length > limit) return found;
      const change = objectOf(item);
      found.push({ above: [entry, root], change, value: objectOf(field(change, 'value')) });
    }
  }
  if (found.length > 0) {
    const beside = Object.fromEntries(Object.entries(root).filter(([name]) => name !== 'entry'));
    return hasNews(beside) ? [...found, { above: [], change: undefined, value: beside }] : found;
  }
  const value = objectOf(field(root, 'value'));
  if (value !== undefined) return [{ above: [], change: root, value }];
  return [{ above: [], change: undefined, value: root }];
}

function topicOf(change: JsonObject | undefined): string | undefined {
  return textOf(field(change, 'field'));
}

function isOfMessages(change: JsonObject | undefined): boolean {
  return isTopicOfMessages(topicOf(change));
}

function sentNewsOf(value: JsonObject): readonly unknown[] {
  const { statuses, sent } = newsOf(value);
  return [...statuses, ...sent];
}
