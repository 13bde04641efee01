import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import type { PostResult } from './callback-post.ts';
import { CallbacksUnderTest, ManualClock } from './callbacks-under-test.ts';
import type { CallbacksOptions } from './callbacks-under-test.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DOCUMENTED_MINUTES = [0, 1, 2, 3, 8, 13, 18, 28, 38, 48, 60];
const REFUSED: PostResult = { kind: 'answered', status: 500 };
const TAKEN: PostResult = { kind: 'answered', status: 200 };

/** One callback a message, so that the minutes of one are all there are. */
function refusedOnes(options: CallbacksOptions = {}): CallbacksUnderTest {
  return new CallbacksUnderTest({
    answer: () => REFUSED,
    ...options,
    settings: { enforceWindow: true, acceptedAfterMs: 0, ...options.settings },
  });
}

function minutesOf(test: CallbacksUnderTest, firstMs = 0): readonly number[] {
  return test.receiver.posts.map(({ atMs }) => (atMs - firstMs) / MINUTE_MS);
}

describe('a callback that gets no 2xx', () => {
  it('is posted again at exactly the ten documented minutes after the first attempt, then given up', async () => {
    const test = refusedOnes();
    test.send();
    await test.clock.advanceTo(10 * HOUR_MS);
    expect(minutesOf(test)).toEqual(DOCUMENTED_MINUTES);
    expect(test.book.byKey('whatsapp-1')).toMatchObject([{ state: 'given-up', event: 'error' }]);
    expect(test.callbacks.counts).toEqual({ waiting: 0, retrying: 0, dropped: 0 });
    expect(test.clock.waiting).toBe(0);
  });

  it('is posted again at the same times, however long its attempts take', async () => {
    const clock = new ManualClock();
    const answer = (): Promise<PostResult> =>
      new Promise((resolve) => clock.after(10_000, () => resolve({ kind: 'failed', code: 'TimeoutError' })));
    const test = refusedOnes({ clock, answer });
    test.send();
    await clock.advanceTo(10 * HOUR_MS);
    expect(minutesOf(test)).toEqual(DOCUMENTED_MINUTES);
  });

  it('waits a second for each documented minute with a time scale of 60', async () => {
    const test = refusedOnes({ settings: { timeScale: 60 } });
    test.send();
    await test.clock.advanceTo(10 * HOUR_MS);
    expect(test.receiver.posts.map(({ atMs }) => atMs / 1_000)).toEqual(DOCUMENTED_MINUTES);
  });

  it('is posted ten times again even when the time scale leaves no time between', async () => {
    const clock = new ManualClock();
    const answer = (): Promise<PostResult> =>
      new Promise((resolve) => clock.after(5, () => resolve(REFUSED)));
    const test = refusedOnes({ clock, answer, settings: { timeScale: 1_000_000 } });
    test.send();
    await clock.advanceTo(HOUR_MS);
    expect(test.receiver.posts).toHaveLength(11);
  });

  it.each([200, 201, 204, 299])('is delivered with the first %d', async (status) => {
    const test = refusedOnes({
      answer: (_post, count) => (count < 3 ? REFUSED : { kind: 'answered', status }),
    });
    test.send();
    await test.clock.advanceTo(10 * HOUR_MS);
    expect(minutesOf(test)).toEqual([0, 1, 2]);
    expect(test.book.byKey('whatsapp-1')).toMatchObject([{ state: 'delivered' }]);
  });

  it.each([199, 300, 302, 401, 404, 503])('is not delivered by a %d', async (status) => {
    const test = refusedOnes({ answer: () => ({ kind: 'answered', status }) });
    test.send();
    await test.clock.advanceTo(10 * HOUR_MS);
    expect(test.receiver.posts).toHaveLength(11);
  });

  it('keeps every attempt with its answer, and says when the next one is', async () => {
    const answers: readonly PostResult[] = [{ kind: 'failed', code: 'ECONNREFUSED' }, REFUSED, TAKEN];
    const test = refusedOnes({ answer: (_post, count) => answers[count - 1] ?? REFUSED });
    test.send();
    expect(test.book.byKey('whatsapp-1')).toMatchObject([{ state: 'waiting', nextTime: new Date(0) }]);
    await test.clock.advanceTo(MINUTE_MS);
    expect(test.callbacks.counts).toEqual({ waiting: 0, retrying: 1, dropped: 0 });
    expect(test.book.byKey('whatsapp-1')).toMatchObject([
      { state: 'retrying', nextTime: new Date(2 * MINUTE_MS) },
    ]);
    await test.clock.advanceTo(HOUR_MS);
    const [callback] = test.book.byKey('whatsapp-1');
    expect(callback).not.toHaveProperty('nextTime');
    expect(callback?.attempts).toEqual([
      { attempt: 1, time: new Date(0), durationMs: 0, error: 'ECONNREFUSED' },
      { attempt: 2, time: new Date(60_000), durationMs: 0, status: 500 },
      { attempt: 3, time: new Date(120_000), durationMs: 0, status: 200 },
    ]);
  });

  it('posts the same body again, whatever the shapes are set to meanwhile', async () => {
    const test = new CallbacksUnderTest({ answer: () => REFUSED });
    test.send();
    await test.clock.advanceTo(2_000);
    const before = test.receiver.posts.splice(0).map(({ body }) => body);
    test.settings.change({ statusShape: 'envelope' });
    await test.clock.advanceTo(MINUTE_MS + 2_000);
    expect(test.receiver.posts.map(({ body }) => body)).toEqual(before);
  });

  it('follows a time scale that changes meanwhile, without making up for what passed', async () => {
    const test = refusedOnes();
    test.send();
    await test.clock.advanceTo(4 * MINUTE_MS);
    test.settings.change({ timeScale: 10 });
    await test.clock.advanceTo(HOUR_MS);
    // At four minutes, 38 of the documented ones have passed: one attempt for them, then 48 and 60.
    expect(minutesOf(test)).toEqual([0, 1, 2, 3, 4, 4.8, 6]);
  });
});

describe('callbacks over a restart', () => {
  let dataFolder: string;
  let running: CallbacksUnderTest[] = [];
  beforeEach(() => {
    dataFolder = mkdtempSync(join(tmpdir(), 'sandbox-callbacks-'));
  });
  afterEach(() => {
    for (const each of running) each.stop();
    running = [];
    rmSync(dataFolder, { recursive: true });
  });

  function start(options: CallbacksOptions = {}, folder = dataFolder): CallbacksUnderTest {
    const test = refusedOnes({ ...options, configuration: { dataFolder: folder } });
    running.push(test);
    return test;
  }

  /** Another process at a later time, with a clock of its own. */
  function startAt(ms: number, options: CallbacksOptions = {}, folder = dataFolder): CallbacksUnderTest {
    const clock = new ManualClock();
    clock.ms = ms;
    return start({ ...options, clock }, folder);
  }

  it('go on at the documented minutes after the first attempt', async () => {
    const first = start();
    first.send();
    await first.clock.advanceTo(9 * MINUTE_MS);
    first.stop();

    const second = startAt(10 * MINUTE_MS);
    await second.clock.advanceTo(10 * HOUR_MS);
    expect([...minutesOf(first), ...minutesOf(second)]).toEqual(DOCUMENTED_MINUTES);
    expect(second.book.byKey('whatsapp-1')).toMatchObject([{ state: 'given-up' }]);
    expect(second.book.byKey('whatsapp-1')[0]?.attempts).toHaveLength(11);
  });

  it('make one attempt at once for those whose time passed meanwhile, then keep to the schedule', async () => {
    const first = start();
    first.send();
    await first.clock.advanceTo(1.5 * MINUTE_MS);
    first.stop();

    const second = startAt(10 * MINUTE_MS);
    await second.clock.advanceTo(10 * HOUR_MS);
    expect(minutesOf(second)).toEqual([10, 13, 18, 28, 38, 48, 60]);
  });

  it('make a last attempt when all documented minutes passed meanwhile', async () => {
    const first = start();
    first.send();
    await first.clock.advanceTo(1.5 * MINUTE_MS);
    first.stop();

    const second = startAt(2 * HOUR_MS);
    await second.clock.advanceTo(10 * HOUR_MS);
    expect(minutesOf(second)).toEqual([120]);
    expect(second.book.byKey('whatsapp-1')).toMatchObject([{ state: 'given-up' }]);
  });

  it('go on when the process is killed, at the same minutes', async () => {
    const first = start();
    first.send();
    await first.clock.advanceTo(9 * MINUTE_MS);
    // What lies in the folder while the file is open is what a killed process leaves.
    const left = join(dataFolder, 'left');
    for (const name of ['sandbox.sqlite', 'sandbox.sqlite-wal'])
      cpSync(join(dataFolder, name), join(left, name));

    const second = startAt(10 * MINUTE_MS, {}, left);
    await second.clock.advanceTo(10 * HOUR_MS);
    expect([...minutesOf(first), ...minutesOf(second)]).toEqual(DOCUMENTED_MINUTES);
  });

  it('tell of messages that were taken and not told yet, and only what was not', async () => {
    const settings = { enforceWindow: false, acceptedAfterMs: 100 };
    const answer = (): PostResult => TAKEN;
    const first = start({ settings, answer });
    first.send();
    await first.clock.advanceTo(500);
    first.stop();

    const second = startAt(1_000, { settings, answer });
    await second.clock.advanceTo(HOUR_MS);
    expect([first, second].map(({ receiver }) => receiver.told)).toEqual([
      ['accepted', 'sent'],
      ['delivered', 'read'],
    ]);
    expect(second.receiver.posts.map(({ atMs }) => atMs)).toEqual([1_000, 1_500]);
    expect(second.statuses()).toEqual(['accepted', 'sent', 'delivered', 'read']);
  });

  it('make an attempt again whose answer the end cut off', async () => {
    const first = start({ answer: () => new Promise(() => undefined) });
    first.send();
    await first.clock.advanceTo(1);
    expect(first.receiver.posts).toHaveLength(1);
    first.stop();

    const second = startAt(5, { answer: () => TAKEN });
    await second.clock.advanceTo(HOUR_MS);
    expect(second.receiver.posts).toHaveLength(1);
  });

  it('show those that are over as well, and do nothing more about them', async () => {
    const first = start({ answer: () => TAKEN });
    first.send();
    await first.clock.advanceTo(MINUTE_MS);
    const shown = first.book.find({ limit: 10 });
    first.stop();

    const second = startAt(2 * MINUTE_MS);
    await second.clock.advanceTo(HOUR_MS);
    expect(second.book.find({ limit: 10 })).toEqual(shown);
    expect(second.receiver.posts).toEqual([]);
  });

  it('stay forgotten after a reset', async () => {
    const first = start();
    first.send();
    await first.clock.advanceTo(MINUTE_MS);
    first.callbacks.reset();
    first.stop();

    const second = startAt(2 * MINUTE_MS);
    expect(second.book.find({ limit: 10 })).toEqual([]);
    expect(second.callbacks.counts).toEqual({ waiting: 0, retrying: 0, dropped: 0 });
  });
});
