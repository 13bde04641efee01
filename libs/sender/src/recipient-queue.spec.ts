import { describe, expect, it } from '@jest/globals';
import { FakeClock, outboundMessage } from '@parley/testing';
import { Job } from './job.ts';
import type { Traffic } from './job.ts';
import { RecipientPacing } from './recipient-pacing.ts';
import { RecipientQueue } from './recipient-queue.ts';

const bounds = { maxMessages: 100, maxBodyBytes: 1_000_000 };

function job(phoneNumber: string, messageId: string, body = 'Hello', traffic: Traffic = 'bulk'): Job {
  const message = outboundMessage({ phoneNumber, messageId, text: { body, previewUrl: false } });
  return new Job({
    message,
    traffic,
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

  it('tells how many leave before: of each line as many as stand in the longest of theirs', () => {
    const queue = new RecipientQueue({ clock: new FakeClock() });
    expect(queue.aheadOf(['A'])).toEqual({ interactive: 0, bulk: 0 });
    for (let place = 0; place < 20; place += 1) queue.push(job('A', `a${place}`, 'Hello', 'interactive'));
    for (let place = 0; place < 3; place += 1) queue.push(job('B', `b${place}`));
    expect(queue.aheadOf(['C'])).toEqual({ interactive: 2, bulk: 2 });
    expect(queue.aheadOf(['C', 'D', 'C'])).toEqual({ interactive: 4, bulk: 3 });
    expect(queue.aheadOf(['C', 'B'])).toEqual({ interactive: 8, bulk: 3 });
    expect(queue.aheadOf(['A'])).toEqual({ interactive: 20, bulk: 3 });
  });

  it('keeps within the bytes of a batch, and always takes the first', () => {
    const queue = new RecipientQueue({ clock: new FakeClock() });
    queue.push(job('A', 'a', 'x'.repeat(50)));
    queue.push(job('B', 'b', 'x'.repeat(50)));
    const first = queue.take({ maxMessages: 100, maxBodyBytes: 60 });
    expect(ids(first)).toEqual(['a']);
    expect(ids(queue.take({ maxMessages: 100, maxBodyBytes: 10 }))).toEqual(['b']);
  });

  it('fills a batch to its last byte', () => {
    const queue = new RecipientQueue({ clock: new FakeClock() });
    for (const phone of ['A', 'B', 'C']) queue.push(job(phone, phone, 'x'.repeat(50)));
    expect(ids(queue.take({ maxMessages: 100, maxBodyBytes: 100 }))).toEqual(['A', 'B']);
  });

  it('keeps a recipient to one batch at a time, also when all that waited for it was withdrawn', () => {
    const queue = new RecipientQueue({ clock: new FakeClock() });
    for (const id of ['a1', 'a2']) queue.push(job('A', id));
    const first = queue.take({ ...bounds, maxMessages: 1 });
    queue.withdraw(() => true);
    queue.push(job('A', 'a3'));
    expect(queue.take(bounds)).toEqual([]);
    queue.giveBack(first, first);
    expect(ids(queue.take(bounds))).toEqual(['a1', 'a3']);
  });

  it('withdraws of the given jobs only those that wait', () => {
    const queue = new RecipientQueue({ clock: new FakeClock() });
    const [taken, waiting, other] = [job('A', 'a1'), job('A', 'a2'), job('A', 'a3')];
    for (const one of [taken, waiting, other]) queue.push(one);
    queue.take({ ...bounds, maxMessages: 1 });
    expect(queue.withdraw(new Set([taken, waiting, job('B', 'never pushed')]))).toEqual([waiting]);
  });

  it('keeps a recipient’s turn when more comes for it', () => {
    const queue = new RecipientQueue({ clock: new FakeClock() });
    for (const [phone, id] of [
      ['A', 'a1'],
      ['B', 'b1'],
      ['A', 'a2'],
    ] as const) {
      queue.push(job(phone, id));
    }
    expect(ids(queue.take({ ...bounds, maxMessages: 1 }))).toEqual(['a1']);
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

  describe('while interactive and bulk wait', () => {
    function waiting(interactive: number, bulk: number): RecipientQueue {
      const queue = new RecipientQueue({ clock: new FakeClock() });
      for (let index = 0; index < bulk; index += 1) queue.push(job(`B${index}`, `b${index}`));
      for (let index = 0; index < interactive; index += 1) {
        queue.push(job(`I${index}`, `i${index}`, 'Hello', 'interactive'));
      }
      return queue;
    }

    it('gives every fifth place to bulk, within a batch and over batches', () => {
      const queue = waiting(100, 100);
      const one = queue.take({ ...bounds, maxMessages: 50 });
      expect(one.filter(({ traffic }) => traffic === 'bulk')).toHaveLength(10);
      const taken = Array.from({ length: 10 }, () => queue.take({ ...bounds, maxMessages: 1 })).flat();
      expect(taken.filter(({ traffic }) => traffic === 'bulk')).toHaveLength(2);
    });

    it('gives either of them all the places that the other leaves', () => {
      const bulkHeavy = waiting(3, 100).take({ ...bounds, maxMessages: 50 });
      expect(bulkHeavy.filter(({ traffic }) => traffic === 'interactive')).toHaveLength(3);
      expect(bulkHeavy).toHaveLength(50);
      const interactiveHeavy = waiting(100, 3).take({ ...bounds, maxMessages: 50 });
      expect(interactiveHeavy.filter(({ traffic }) => traffic === 'bulk')).toHaveLength(3);
      expect(interactiveHeavy).toHaveLength(50);
    });

    it('lets an interactive message bring forward the bulk that its recipient must get first', () => {
      const queue = waiting(0, 100);
      queue.push(job('A', 'a1'));
      queue.push(job('A', 'a2', 'Hello', 'interactive'));
      expect(ids(queue.take({ ...bounds, maxMessages: 3 }))).toEqual(['a1', 'a2', 'b0']);
    });

    it('puts a recipient back behind the interactive ones when its interactive message was withdrawn', () => {
      const queue = waiting(0, 100);
      queue.push(job('A', 'a1'));
      queue.push(job('A', 'a2', 'Hello', 'interactive'));
      queue.withdraw(({ traffic }) => traffic === 'interactive');
      expect(ids(queue.take({ ...bounds, maxMessages: 3 }))).toEqual(['b0', 'b1', 'b2']);
    });

    it('counts what waits of each, and not what was taken', () => {
      const queue = waiting(3, 5);
      expect(queue.waiting).toEqual({ interactive: 3, bulk: 5 });
      const batch = queue.take({ ...bounds, maxMessages: 5 });
      expect(queue.waiting).toEqual({ interactive: 0, bulk: 3 });
      queue.giveBack(batch, batch);
      expect(queue.waiting).toEqual({ interactive: 3, bulk: 5 });
      queue.withdraw(new Set(batch));
      expect(queue.waiting).toEqual({ interactive: 0, bulk: 3 });
    });
  });

  describe('with suspects of a refused request', () => {
    function withSuspects(suspects: number, others: number, maxCompany: number): RecipientQueue {
      const queue = new RecipientQueue({ clock: new FakeClock() });
      for (let index = 0; index < suspects; index += 1) queue.push(job(`S${index}`, `s${index}`));
      const batch = queue.take(bounds);
      for (const suspect of batch) suspect.maxCompany = maxCompany;
      queue.giveBack(batch, batch);
      for (let index = 0; index < others; index += 1) queue.push(job(`O${index}`, `o${index}`));
      return queue;
    }

    it('lets them ride only among themselves, in the company they may have', () => {
      const queue = withSuspects(5, 0, 2);
      const sizes = Array.from({ length: 4 }, () => ids(queue.take(bounds)));
      expect(sizes).toEqual([['s0', 's1'], ['s2', 's3'], ['s4'], []]);
    });

    it.each(['bulk', 'interactive'] as const)('takes them every other time while %s waits', (traffic) => {
      const queue = withSuspects(4, 0, 1);
      for (let index = 0; index < 10; index += 1) queue.push(job(`O${index}`, `o${index}`, 'Hello', traffic));
      const batches = Array.from({ length: 6 }, () => ids(queue.take({ ...bounds, maxMessages: 4 })));
      expect(batches.map(([first]) => first?.[0])).toEqual(['s', 'o', 's', 'o', 's', 'o']);
    });

    it('does not mix suspects of different requests', () => {
      const queue = withSuspects(3, 1, 3);
      const [first] = queue.withdraw(({ message }) => message.messageId === 's1');
      if (!first) throw new Error('s1 waits');
      first.maxCompany = 1;
      queue.push(first);
      expect(ids(queue.take(bounds))).toEqual(['s0', 's2']);
      expect(ids(queue.take(bounds))).toEqual(['o0']);
      expect(ids(queue.take(bounds))).toEqual(['s1']);
    });

    it('keeps what a recipient is to get after a suspect out of the suspect’s request', () => {
      const queue = withSuspects(1, 0, 2);
      queue.push(job('S0', 'later'));
      const batch = queue.take(bounds);
      expect(ids(batch)).toEqual(['s0']);
      queue.giveBack(batch, []);
      expect(ids(queue.take(bounds))).toEqual(['later']);
    });

    it('keeps them within the bounds of a batch, too', () => {
      const queue = withSuspects(5, 0, 4);
      expect(queue.take({ ...bounds, maxMessages: 3 })).toHaveLength(3);
    });
  });

  describe('with a pace for each recipient', () => {
    function paced() {
      const clock = new FakeClock();
      const pacing = new RecipientPacing({ clock, pace: { intervalMs: 1000, burst: 2 } });
      return { clock, queue: new RecipientQueue({ clock, pacing }) };
    }

    it('holds back only the recipient that had its share, and wakes when its time has come', async () => {
      const { clock, queue } = paced();
      for (const id of ['a1', 'a2', 'a3']) queue.push(job('A', id));
      queue.push(job('B', 'b1'));
      const first = queue.take(bounds);
      expect(ids(first)).toEqual(['a1', 'b1', 'a2']);
      queue.giveBack(first, []);
      expect(queue.hasReady).toBe(false);
      expect(queue.waiting.bulk).toBe(1);
      let ready = false;
      void queue.ready(new AbortController().signal).then(() => (ready = true));
      await clock.advance(999);
      expect(ready).toBe(false);
      await clock.advance(1);
      expect(ready).toBe(true);
      expect(ids(queue.take(bounds))).toEqual(['a3']);
    });

    it('wakes earlier for somebody else', async () => {
      const { clock, queue } = paced();
      for (const id of ['a1', 'a2', 'a3']) queue.push(job('A', id));
      queue.giveBack(queue.take(bounds), []);
      const ready = queue.ready(new AbortController().signal);
      await clock.advance(10);
      queue.push(job('B', 'b1'));
      await ready;
      expect(ids(queue.take(bounds))).toEqual(['b1']);
    });

    it('forgets a recipient whose paced messages were withdrawn', async () => {
      const { clock, queue } = paced();
      for (const id of ['a1', 'a2', 'a3']) queue.push(job('A', id));
      queue.giveBack(queue.take(bounds), []);
      expect(ids(queue.withdraw(() => true))).toEqual(['a3']);
      await clock.advance(5000);
      expect(queue.hasReady).toBe(false);
      expect(queue.take(bounds)).toEqual([]);
    });

    it('wakes for the recipient whose time comes first', async () => {
      const { clock, queue } = paced();
      for (const id of ['a1', 'a2', 'a3']) queue.push(job('A', id));
      queue.giveBack(queue.take(bounds), []);
      await clock.advance(500);
      for (const id of ['b1', 'b2', 'b3']) queue.push(job('B', id));
      queue.giveBack(queue.take(bounds), []);
      let readyMs = NaN;
      void queue.ready(new AbortController().signal).then(() => (readyMs = clock.monotonicMs()));
      await clock.advance(2000);
      expect(readyMs).toBe(1000);
    });

    it('lets go of who waits no longer', async () => {
      const { clock, queue } = paced();
      for (const id of ['a1', 'a2', 'a3']) queue.push(job('A', id));
      const given = new AbortController();
      queue.giveBack(queue.take(bounds), []);
      const waiting = queue.ready(given.signal);
      await clock.advance(10);
      given.abort(new Error('enough'));
      await expect(waiting).rejects.toThrow('enough');
    });
  });

  it('lets go of who waits for something to take no longer', async () => {
    const queue = new RecipientQueue({ clock: new FakeClock() });
    const given = new AbortController();
    const waiting = queue.ready(given.signal);
    given.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
