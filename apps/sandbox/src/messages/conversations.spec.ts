import { describe, expect, it } from '@jest/globals';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import { Conversations } from './conversations.ts';
import type { Entry } from './entry.ts';

const ALICE = '+15550000001';
const BOB = '+15550000002';

function inbound(sequence: number, phoneNumber: string, text = `text ${sequence}`): Entry {
  const message = { wamid: `wamid.${sequence}`, phoneNumber, text, time: new Date(sequence) };
  return { direction: 'inbound', sequence, message };
}

describe('Conversations', () => {
  it('come with the one that got the newest text first', () => {
    const conversations = new Conversations();
    for (const [index, phoneNumber] of [ALICE, BOB, ALICE].entries())
      conversations.add(inbound(index + 1, phoneNumber));
    expect(conversations.search(undefined).map(({ phoneNumber, size }) => [phoneNumber, size])).toEqual([
      [ALICE, 2],
      [BOB, 1],
    ]);
  });

  it('are found by a part of the number or of any text', () => {
    const conversations = new Conversations();
    conversations.add(inbound(1, ALICE, 'good morning'));
    conversations.add(inbound(2, ALICE, 'bye'));
    conversations.add(inbound(3, BOB, 'hello'));
    const found = (part: string): readonly string[] =>
      conversations.search(part).map(({ phoneNumber }) => phoneNumber);
    expect(found('morning')).toEqual([ALICE]);
    expect(found('0002')).toEqual([BOB]);
    expect(found('nothing')).toEqual([]);
  });

  it('show a text’s newest form, in its place', () => {
    const conversations = new Conversations();
    conversations.add(inbound(1, ALICE));
    conversations.add(inbound(2, ALICE));
    conversations.replace(inbound(1, ALICE, 'changed'));
    conversations.replace(inbound(2, ALICE, 'changed too'));
    expect(conversations.page(ALICE, { limit: 9 }).entries).toEqual([
      inbound(1, ALICE, 'changed'),
      inbound(2, ALICE, 'changed too'),
    ]);
    expect(conversations.get(ALICE)?.newest).toEqual(inbound(2, ALICE, 'changed too'));
  });

  it('turn page by page to every text once, whatever makes room', () => {
    const sizes = fc.record({
      added: fc.integer({ min: 0, max: 40 }),
      removed: fc.integer({ min: 0, max: 40 }),
      limit: fc.integer({ min: 1, max: 7 }),
    });
    fc.assert(
      fc.property(sizes, ({ added, removed, limit }) => {
        const conversations = new Conversations();
        const entries = Array.from({ length: added }, (_, index) => inbound(index + 1, ALICE));
        for (const entry of entries) conversations.add(entry);
        for (const entry of entries.slice(0, removed)) conversations.remove(entry);

        const seen: Entry[] = [];
        let before: number | undefined;
        do {
          const page = conversations.page(ALICE, { before, limit });
          seen.unshift(...page.entries);
          before = page.before;
        } while (before !== undefined);
        expect(seen).toEqual(entries.slice(removed));
        expect(conversations.get(ALICE)?.size ?? 0).toBe(seen.length);
      }),
      { numRuns: propertyRuns() },
    );
  });
});
