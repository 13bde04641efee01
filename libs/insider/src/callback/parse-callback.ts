import { objectOf } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import { callbackParts, countPieces } from './callback-parts.ts';
import type { CallbackEvent } from './callback-event.ts';
import { readPart } from './read-part.ts';
import type { Reading } from './reading.ts';

export type ParsedCallback =
  | {
      readonly kind: 'events';
      readonly events: readonly CallbackEvent[];
      /** Parts of the same body that nobody could read; when there are any, the body is worth keeping. */
      readonly unread: readonly string[];
    }
  /** Understood, and nothing anybody waits for. */
  | { readonly kind: 'ignored'; readonly why: string; readonly errorCode?: string }
  | { readonly kind: 'unreadable'; readonly why: string };

/**
 * The most pieces of news read from one body, and the most bodies in an array. Whoever sends more gets the body kept as
 * one that could not be read; it is counted, and not looked into.
 */
export const MAX_EVENTS = 1_000;

/**
 * Reads the body of a callback. Takes any JSON value and never throws.
 *
 * The provider documents two shapes, accepted and error. The rest are Meta's, which it forwards: statuses and the
 * user's messages, in Meta's whole envelope, as its bare `value`, or as bare `statuses`. Several may come in one
 * body. Ignored: echoes of templates, account news, calls and payments, statuses that a text cannot have (`played`),
 * and messages that WhatsApp itself writes (`system`).
 */
export function parseCallback(body: unknown): ParsedCallback {
  const roots: readonly unknown[] = Array.isArray(body) ? body : [body];
  if (roots.length > MAX_EVENTS) return { kind: 'unreadable', why: `more than ${MAX_EVENTS} bodies in one` };
  if (hasTooMuch(roots)) return { kind: 'unreadable', why: `more than ${MAX_EVENTS} events` };
  const readings = roots.flatMap((root) => readRoot(objectOf(root)));

  const events = readings.flatMap((reading) => (reading.kind === 'event' ? [reading.event] : []));
  const unread = readings.flatMap((reading) => (reading.kind === 'unread' ? [reading.why] : []));
  const ignored = readings.filter((reading) => reading.kind === 'ignored');
  const told = ignored.find(({ errorCode }) => errorCode !== undefined) ?? ignored[0];

  if (events.length > 0) return { kind: 'events', events, unread };
  if (unread.length === 0 && told !== undefined) return told;
  return { kind: 'unreadable', why: unread[0] ?? 'nothing in it' };
}

function hasTooMuch(roots: readonly unknown[]): boolean {
  let pieces = 0;
  return roots.some((root) => {
    const object = objectOf(root);
    pieces += object === undefined ? 1 : countPieces(object, MAX_EVENTS);
    return pieces > MAX_EVENTS;
  });
}

function readRoot(root: JsonObject | undefined): readonly Reading[] {
  if (root === undefined) return [{ kind: 'unread', why: 'not an object' }];

  const readings = callbackParts(root).flatMap(readPart);
  const [first, ...more] = readings.filter((reading) => reading.kind === 'event');
  if (first === undefined || more.length > 0) return readings;
  return readings.map((reading) =>
    reading === first ? { ...first, event: { ...first.event, provider: root } } : reading,
  );
}
