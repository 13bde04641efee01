import { describe, expect, it } from '@jest/globals';
import { FakeClock, outboundMessage } from '@parley/testing';
import fc from 'fast-check';
import { Job } from './job.ts';
import { RecipientQueue } from './recipient-queue.ts';

const bounds = { maxMessages: 100, maxBodyBytes: 1_000_000 };

function job(phoneNumber: string, messageId: string, body = 'Hello'): Job {
  const message = outboundMessage({ phoneNumber, messageId, text: { body, previewUrl: false } });
  return new Job({
    message,
    traffic: 'bulk',
    holder: 'h',
    acceptedAtMs: 0,
    expiresAtMs: Infinity,
    onEnd: () => undefined,
  });
}

function ids(jobs: readonly Job[]): string[] {
  return jobs.map(({ message }) => message.messageId);
}

describe('RecipientQueue', () => {
  it('takes one of each recipient before a second of anybody', () => {
    const queue = new RecipientQueue({ clock: new FakeClock() });
    for (const [phone, id] of [
      ['A', 'a1'],
      ['A', 'a2'],
      ['A', 'a3'],
      ['B', 'b1'],
      ['C', 'c1'],
    ] as const) {
      queue.push(job(phone, id));
    }
    expect(ids(queue.take({ ...bounds, maxMessages: 4 }))).toEqual(['a1', 'b1', 'c1', 'a2']);
  });

  it('gives the next turn to those who had none', () => {
    const queue = new RecipientQueue({ clock: new FakeClock() });
    for (const id of ['1', '2']) for (const phone of ['A', 'B', 'C']) queue.push(job(phone, `${phone}${id}`));
    const first = queue.take({ ...bounds, maxMessages: 2 });
    queue.giveBack(first, []);
    expect(ids(first)).toEqual(['A1', 'B1']);
    expect(ids(queue.take({ ...bounds, maxMessages: 2 }))).toEqual(['C1', 'A2']);
  });

  it('keeps within the bytes of a batch, and always takes the first', () => {
    const queue = new RecipientQueue({ clock: new FakeClock() });
    queue.push(job('A', 'a', 'x'.repeat(50)));
    queue.push(job('B', 'b', 'x'.repeat(50)));
    const first = queue.take({ maxMessages: 100, maxBodyBytes: 60 });
    expect(ids(first)).toEqual(['a']);
    expect(ids(queue.take({ maxMessages: 100, maxBodyBytes: 10 }))).toEqual(['b']);
  });

  it('keeps a recipient to one batch at a time', () => {
    const queue = new RecipientQueue({ clock: new FakeClock() });
    queue.push(job('A', 'a1'));
    const first = queue.take(bounds);
    queue.push(job('A', 'a2'));
    expect(queue.hasReady).toBe(false);
    queue.giveBack(first, []);
    expect(ids(queue.take(bounds))).toEqual(['a2']);
  });

  it('wakes who waits for something to take', async () => {
    const queue = new RecipientQueue({ clock: new FakeClock() });
    const ready = queue.ready(new AbortController().signal);
    queue.push(job('A', 'a1'));
    await expect(ready).resolves.toBeUndefined();
  });

  it('withdraws what matches, wherever it stands', () => {
    const queue = new RecipientQueue({ clock: new FakeClock() });
    for (const id of ['a1', 'a2', 'a3']) queue.push(job('A', id));
    expect(ids(queue.withdraw(({ message }) => message.messageId === 'a2'))).toEqual(['a2']);
    expect(ids(queue.take(bounds))).toEqual(['a1', 'a3']);
  });

  it('keeps the order of every recipient, whatever is tried again', () => {
    const pushes = fc.array(fc.constantFrom('A', 'B', 'C'), { maxLength: 40 });
    const retries = fc.infiniteStream(fc.boolean());
    const size = fc.integer({ min: 1, max: 7 });
    fc.assert(
      fc.property(pushes, retries, size, (phones, coin, maxMessages) => {
        const queue = new RecipientQueue({ clock: new FakeClock() });
        for (const [index, phone] of phones.entries()) queue.push(job(phone, String(index)));
        const sent: Job[] = [];
        let tries = 0;
        while (queue.hasReady) {
          const batch = queue.take({ ...bounds, maxMessages });
          tries += 1;
          const again = tries < 50 && coin.next().value ? batch : [];
          if (again.length === 0) sent.push(...batch);
          queue.giveBack(batch, again);
        }
        expect(sent).toHaveLength(phones.length);
        for (const phone of new Set(phones)) {
          const order = sent.filter(({ message }) => message.phoneNumber === phone);
          const numbers = order.map(({ message }) => Number(message.messageId));
          expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        }
      }),
    );
  });
});
