import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { JointCalls } from './joint-calls.ts';

/** Calls that wait to be answered. */
function calls(): { joint: JointCalls<number, string>; made: Made[] } {
  const made: Made[] = [];
  const joint = new JointCalls<number, string>((account, items) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    made.push({ account, items, answer: () => resolve(items.map(String)), refuse: reject });
    return promise;
  });
  return { joint, made };
}

interface Made {
  readonly account: string;
  readonly items: readonly number[];
  readonly answer: () => void;
  readonly refuse: (error: Error) => void;
}

describe('JointCalls', () => {
  it('makes one call of what is asked in one turn, and one of what is asked while it is under way', async () => {
    const { joint, made } = calls();
    const first = [joint.ask('a', [1]), joint.ask('a', [2, 3])];
    await setImmediate();
    const second = [joint.ask('a', [4]), joint.ask('a', [5])];
    await setImmediate();
    expect(made.map(({ items }) => items)).toEqual([[1, 2, 3]]);
    made[0]?.answer();
    expect(await Promise.all(first)).toEqual([['1'], ['2', '3']]);
    await setImmediate();
    expect(made.map(({ items }) => items)).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    made[1]?.answer();
    expect(await Promise.all(second)).toEqual([['4'], ['5']]);
  });

  it('lets no account wait for another', async () => {
    const { joint, made } = calls();
    void joint.ask('a', [1]);
    const other = joint.ask('b', [2]);
    await setImmediate();
    made.find(({ account }) => account === 'b')?.answer();
    expect(await other).toEqual(['2']);
  });

  it('tells a failure to those whose items it was about, and goes on with the others', async () => {
    const { joint, made } = calls();
    const failing = joint.ask('a', [1]);
    await setImmediate();
    const waiting = joint.ask('a', [2]);
    made[0]?.refuse(new Error('away'));
    await expect(failing).rejects.toThrow('away');
    await setImmediate();
    made[1]?.answer();
    expect(await waiting).toEqual(['2']);
  });

  it('gives no call more than a thousand items, also of who asks for more alone', async () => {
    const { joint, made } = calls();
    const items = Array.from({ length: 2_500 }, (_, index) => index);
    const alone = joint.ask('a', items);
    for (const size of [1_000, 1_000, 500]) {
      await setImmediate();
      expect(made.at(-1)?.items).toHaveLength(size);
      made.at(-1)?.answer();
    }
    expect(await alone).toEqual(items.map(String));
  });

  it('asks nothing of who brings nothing', async () => {
    const { joint, made } = calls();
    expect(await joint.ask('a', [])).toEqual([]);
    expect(made).toEqual([]);
  });
});
