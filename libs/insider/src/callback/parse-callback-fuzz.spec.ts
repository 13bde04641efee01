import { describe, expect, it } from '@jest/globals';
import { CALLBACK_BODIES, propertyRuns } from '@parley/testing';
import { mutatedJson } from '@parley/testing/mutated-json';
import fc from 'fast-check';
import { parseJson } from '../json-value.ts';
import { E164 } from '../send/insider-message.ts';
import type { CallbackEvent } from './callback-event.ts';
import { MAX_EVENTS, parseCallback } from './parse-callback.ts';

const RUNS = propertyRuns(20_000);
const MAX_REASONS = 20;

const NAMES = [
  ...['entry', 'changes', 'value', 'field', 'statuses', 'messages', 'message', 'contacts', 'error', 'errors'],
  ...['key', 'Key', 'id', 'status', 'from', 'type', 'timestamp', 'template', '__proto__', 'constructor'],
];

/** Valid bodies in which something went wrong. */
const mutated = mutatedJson(fc.constantFrom(...Object.values(CALLBACK_BODIES)), { atMost: 3 });

/** Bodies put together at random from the names that mean something. */
const assembled = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom(null, 1, '', 'sent', 'failed', 'messages', '15550001234', 'wamid.X'),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('node'), { maxKeys: 4 }),
  ),
})).node;

const json = fc.json({ maxDepth: 2 }).map(parseJson);
const bytes = fc.uint8Array({ maxLength: 64 }).map((each) => parseJson(Buffer.from(each).toString()));

const body = fc.oneof(
  { weight: 12, arbitrary: mutated },
  { weight: 5, arbitrary: assembled },
  { weight: 1, arbitrary: json },
  { weight: 1, arbitrary: bytes },
  { weight: 1, arbitrary: fc.anything() },
);

describe(`parseCallback, over ${RUNS.toLocaleString('en')} bodies that no one would send on purpose`, () => {
  it('reads each as valid events, ignores it or calls it unreadable, and quotes none', () => {
    const reasons = new Set<string>();
    const seen = { events: 0, ignored: 0, unreadable: 0 };
    fc.assert(
      fc.property(body, (each) => {
        const parsed = parseCallback(each);
        seen[parsed.kind]++;
        if (parsed.kind !== 'events') {
          reasons.add(parsed.why);
          return;
        }
        for (const why of parsed.unread) reasons.add(why);
        const [fault] = parsed.events.flatMap(faultsOf);
        if (fault !== undefined) throw new Error(fault);
        if (parsed.events.length > MAX_EVENTS) throw new Error('more events than promised');
      }),
      { numRuns: RUNS },
    );
    // A reason that quoted a body would be another one with each.
    expect(reasons.size).toBeLessThanOrEqual(MAX_REASONS);
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 100);
  }, 60_000);
});

/** What is wrong with an event, by name. */
function faultsOf(event: CallbackEvent): readonly string[] {
  const { wamid, phoneNumber, time, provider } = event;
  const key = event.kind === 'status' ? event.key : undefined;
  const error = event.kind === 'status' ? event.error : undefined;
  const text = event.kind === 'inbound' ? event.text : undefined;
  const faults = {
    'names no message': key === undefined && wamid === undefined,
    'an id that is none': [key, wamid].some((id) => id !== undefined && !isId(id)),
    'a number that is none': phoneNumber !== undefined && !E164.test(phoneNumber),
    'a time that is none': time !== undefined && !(time instanceof Date && time.getTime() >= 0),
    'a status that is none':
      event.kind === 'status' && !/^(accepted|sent|delivered|read|failed)$/.test(event.status),
    'an error without failure':
      event.kind === 'status' && (event.status === 'failed') !== (error !== undefined),
    'an error that is none': error !== undefined && !isError(error),
    'an unbounded type': event.kind === 'inbound' && !(event.type.length > 0 && event.type.length <= 64),
    'a text that is none': text !== undefined && !(text.length > 0 && text.isWellFormed()),
    'no object of the provider': typeof provider !== 'object',
  };
  return Object.entries(faults).flatMap(([name, is]) => (is ? [name] : []));
}

function isId(id: string): boolean {
  return id.length > 0 && id.length <= 512 && id.isWellFormed() && !/\p{Cc}/u.test(id);
}

function isError({ code, title, details }: { code: string; title: string; details: string }): boolean {
  return (
    code.length > 0 &&
    code.length <= 32 &&
    [title, details].every((words) => words.length <= 1_000 && words.isWellFormed())
  );
}
