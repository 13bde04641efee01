import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { until } from '@parley/testing';
import { describeWithBrowser, ownBrowser } from '../browser/own-browser.ts';
import { latencyBoundMs } from '../machine/latency-bound.ts';
import { GatewayAndSandbox, outcomeOf } from './gateway-and-sandbox.ts';
import { PhonePage } from './phone-page.ts';
import { CallbackReceiver } from '../sandbox/callback-receiver.ts';
import { AUTH_KEY } from '../sandbox/sandbox-process.ts';

const START_TIMEOUT_MS = 90_000;
const TEST_TIMEOUT_MS = 60_000;
/** For a call that the gateway cannot settle. */
const SHORT_CALL_MS = 2_000;
const APPEARS_WITHIN_MS = 1_000;
/** Of what is for those who cannot see the page. */
const ATTACHED = { state: 'attached' } as const;
const USER = '+14155550100';
describeWithBrowser('The phone page beside a gateway (needs a browser)', () => {
  const browser = ownBrowser();
  let both: GatewayAndSandbox;
  let phone: PhonePage;

  beforeAll(async () => {
    both = await GatewayAndSandbox.start();
  }, START_TIMEOUT_MS);
  afterAll(() => both.stop(), START_TIMEOUT_MS);

  beforeEach(async () => {
    await both.control.reset();
    phone = await PhonePage.open(browser(), both.sandbox.url);
  }, TEST_TIMEOUT_MS);
  afterEach(() => phone.close());

  it(
    'shows the text of a gRPC call within a second, in the list and on the phone',
    async () => {
      const boundMs = latencyBoundMs(APPEARS_WITHIN_MS);
      await both.control.userWrites(USER);
      await phone.openConversation(USER);
      for (const text of ['the first one', 'the second one', 'the third one']) {
        const drawnAtMs = phone.page.evaluate<number>(whenDrawn(text));
        const startedAtMs = Date.now();
        expect(outcomeOf(await both.send(USER, text))).toBe('ACCEPTED');
        expect((await drawnAtMs) - startedAtMs).toBeLessThan(boundMs);
      }
      expect(phone.opened.problems).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'shows how far a text came, from sent to read, without being loaded again',
    async () => {
      await both.control.change({ sentAfterMs: 300, deliveredAfterMs: 1_500, readAfterMs: 2_700 });
      await both.control.userWrites(USER);
      await phone.openConversation(USER);
      await both.send(USER, 'Hello');
      for (const status of ['sent', 'delivered', 'read'])
        await phone.message('Business: Hello').getByText(status, { exact: true }).waitFor(ATTACHED);
      expect(phone.opened.problems).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'shows why a text outside the window failed, and delivers the next one once the user wrote back',
    async () => {
      await both.send(USER, 'too late');
      await phone.openConversation(USER);
      const failed = phone.message('too late');
      await failed.getByText('failed with code 131047').waitFor(ATTACHED);
      await failed.getByText('The user has not written in 24 hours').waitFor();
      await phone.page.getByText('The user never wrote').waitFor();

      await phone.writeBack.fill('Here I am');
      await phone.page.getByRole('button', { name: 'Send as the user' }).click();
      await phone.message('Here I am').waitFor();
      await phone.page.getByText(/^Window open, closes in 23:59:\d\d$/).waitFor();
      await until('the gateway hears the user', () =>
        both.events.inbound.some(({ phoneNumber, text }) => phoneNumber === USER && text === 'Here I am'),
      );

      expect(outcomeOf(await both.send(USER, 'in time'))).toBe('ACCEPTED');
      await phone.message('in time').getByText('delivered').waitFor(ATTACHED);
      expect(phone.opened.problems).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'switches a fault on, which the gateway’s caller is told, and off again',
    async () => {
      await phone.openTab('Faults');
      const { page } = phone;
      const play = async (title: string, ends: string, options?: { timeoutMs: number }): Promise<void> => {
        const fault = page.getByRole('switch', { name: title, exact: true });
        await fault.click();
        await page.getByRole('list', { name: 'Faults that are on' }).waitFor();
        expect(await fault.getAttribute('aria-checked')).toBe('true');
        expect(outcomeOf(await both.send(USER, title, options))).toBe(ends);
        await fault.click();
        await page.getByText('No fault is on').waitFor();
      };
      await play('A key too few', 'UNKNOWN');
      expect(outcomeOf(await both.send(USER, 'after it'))).toBe('ACCEPTED');
      await play('Key revoked', 'UNAVAILABLE', { timeoutMs: SHORT_CALL_MS });
      // The gateway lets the account in again once a probe was taken.
      const signal = AbortSignal.timeout(TEST_TIMEOUT_MS / 2);
      let outcome: string | undefined;
      while (outcome !== 'ACCEPTED' && !signal.aborted)
        outcome = outcomeOf(await both.send(USER, 'after it'));
      expect(outcome).toBe('ACCEPTED');
      expect(phone.opened.problems).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'shows request, answer and every attempt at a callback beside the text',
    async () => {
      const receiver = await CallbackReceiver.listen(() => 503);
      try {
        await fetch(`${both.sandbox.url}/sandbox/webhook`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ url: receiver.url, auth: { type: 'bearer', token: 'any' } }),
        });
        await both.send(USER, 'Hello');
        await phone.openConversation(USER);
        await phone.showDetailsOf(phone.message('Hello'));
        const { details } = phone;

        const headers = details.getByLabel('Request headers', { exact: true });
        await headers.waitFor();
        expect(await headers.textContent()).toContain(AUTH_KEY.slice(-4));
        expect(await details.textContent()).not.toContain(AUTH_KEY);
        expect(await details.getByLabel('Request body', { exact: true }).textContent()).toContain('"Hello"');
        expect(await details.getByLabel('Answer 200', { exact: true }).textContent()).toContain('"keys"');

        const attempts = details.getByRole('list', { name: 'Attempts at' }).first();
        await attempts.getByText('503').first().waitFor();
        await details
          .getByText(/^Attempt #\d+ at .+/)
          .first()
          .waitFor();
        await attempts.getByText('#2').waitFor();
      } finally {
        await receiver.close();
      }
      expect(phone.opened.problems).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'says when the sandbox is gone, and comes back with it',
    async () => {
      await both.control.userWrites(USER, 'before');
      await phone.conversation(USER).waitFor();
      await both.sandbox.stop();
      await phone.live('Not connected').waitFor();
      await both.sandbox.start();
      await phone.live('Live').waitFor();
      await phone.page.getByRole('heading', { name: 'No messages yet' }).waitFor();
      await both.control.userWrites(USER, 'after');
      await phone.conversation(USER).getByText('after').waitFor();
      // While it was away, which the browser tells at each try.
      expect(phone.opened.problems.filter((line) => !line.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );
});

/** In the browser: when a text is drawn both on the phone and in the list, by the clock of this machine. */
function whenDrawn(text: string): string {
  return `new Promise((resolve) => {
    const look = () => {
      const places = [...document.querySelectorAll('[aria-label="Messages"] > li, [role="option"]')];
      const drawn = places.filter((place) => place.textContent.includes(${JSON.stringify(text)}));
      if (drawn.length === 2) resolve(Date.now());
      else requestAnimationFrame(look);
    };
    look();
  })`;
}
