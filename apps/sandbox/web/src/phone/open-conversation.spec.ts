import { describe, expect, it } from '@jest/globals';
import type { Entry } from '../api/answers.ts';
import { SandboxClient } from '../api/sandbox-client.ts';
import { Problems } from '../problems/problems.ts';
import { OpenConversation } from './open-conversation.ts';

const NUMBER = '+14155550100';

function inbound(wamid: string): Entry {
  return { inbound: { wamid, phoneNumber: NUMBER, text: wamid, time: '2026-11-28T12:00:00Z' } };
}

/** A sandbox whose answers are given one by one, in the order that the test wants. */
class Answers {
  readonly #waiting: { readonly url: string; readonly answer: (response: Response) => void }[] = [];
  readonly #arrivals: (() => void)[] = [];

  readonly fetch = ((url: string) =>
    new Promise<Response>((answer) => {
      this.#waiting.push({ url, answer });
      this.#arrivals.shift()?.();
    })) as typeof fetch;

  async next(): Promise<{
    readonly url: string;
    readonly answer: (body: object, status?: number) => Promise<void>;
  }> {
    if (this.#waiting.length === 0) await new Promise<void>((arrived) => void this.#arrivals.push(arrived));
    const call = this.#waiting.shift();
    if (call === undefined) throw new Error('nothing was asked');
    return {
      url: call.url,
      answer: async (body, status = 200) => {
        call.answer(new Response(JSON.stringify(body), { status }));
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
  }
}

function page(entries: readonly Entry[], before?: string): object {
  return { conversation: { phoneNumber: NUMBER }, entries, before };
}

describe('OpenConversation', () => {
  function start(): { answers: Answers; open: OpenConversation; problems: Problems } {
    const answers = new Answers();
    const problems = new Problems();
    return { answers, problems, open: new OpenConversation(new SandboxClient(answers.fetch), problems) };
  }

  it('shows the newest page, and older ones above it when they are asked for', async () => {
    const { answers, open } = start();
    open.open(NUMBER);
    await (await answers.next()).answer(page([inbound('3')], 'cursor'));
    expect(open.hasOlder.value).toBe(true);
    const loading = open.loadOlder();
    const older = await answers.next();
    expect(older.url).toContain('before=cursor');
    await older.answer(page([inbound('1'), inbound('2')]));
    await loading;
    expect(open.entries.value.map(({ inbound: each }) => each?.wamid)).toEqual(['1', '2', '3']);
    expect(open.hasOlder.value).toBe(false);
  });

  it('never shows the answer for one number under another', async () => {
    const { answers, open } = start();
    open.open(NUMBER);
    const slow = await answers.next();
    open.open('+14155550101');
    const quick = await answers.next();
    await quick.answer(page([inbound('of 101')]));
    await slow.answer(page([inbound('of 100')]));
    expect(open.entries.value.map(({ inbound: each }) => each?.wamid)).toEqual(['of 101']);
  });

  it('tells a number nobody wrote to from one that could not be loaded', async () => {
    const { answers, open, problems } = start();
    open.open(NUMBER);
    await (await answers.next()).answer({ message: 'no text' }, 404);
    expect(open.state.value).toBe('unknown');
    expect(problems.shown.value).toEqual([]);
    open.open('+14155550101');
    await (await answers.next()).answer({ message: 'too busy' }, 503);
    expect(open.state.value).toBe('failed');
    expect(problems.shown.value).toMatchObject([{ text: expect.stringContaining('Too busy.') }]);
  });
});
