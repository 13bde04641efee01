import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { describeWithBrowser, ownBrowser } from '../browser/own-browser.ts';
import { GatewayAndSandbox, outcomeOf } from './gateway-and-sandbox.ts';
import { PhonePage } from './phone-page.ts';

const START_TIMEOUT_MS = 90_000;
const TEST_TIMEOUT_MS = 30_000;
const USER = '+14155550100';
/** What the sandbox has a fixture for: nobody is asked. */
const LINK = 'https://example.com/offer';

const TEXT = [
  'Your order is *on its way*, _today_, ~tomorrow~ `A-17` 📦👍🏽',
  '```tracking 42```',
  '- a pair of shoes',
  '- a hat',
  '1. sign',
  '2. smile',
  '> Where is it?',
  `See ${LINK}, or write back.`,
].join('\n');

/**
 * In the browser: how much is below what is seen, in pixels, once the newest text grew. In the worst order: the browser tells
 * that it has scrolled when the end has moved away already.
 */
const BELOW_ONCE_GROWN = `new Promise((resolve) => {
  const list = document.querySelector('[aria-label="Messages"]');
  const box = list.parentElement;
  list.lastElementChild.style.minHeight = '300px';
  box.dispatchEvent(new Event('scroll'));
  const below = () => resolve(box.scrollHeight - box.scrollTop - box.clientHeight);
  requestAnimationFrame(() => requestAnimationFrame(below));
})`;

describeWithBrowser('The look of a text on the phone page (needs a browser)', () => {
  const browser = ownBrowser();
  let both: GatewayAndSandbox;
  let phone: PhonePage;
  let previewsAsked: string[];

  beforeAll(async () => {
    both = await GatewayAndSandbox.start();
  }, START_TIMEOUT_MS);
  afterAll(() => both.stop(), START_TIMEOUT_MS);

  beforeEach(async () => {
    await both.control.reset();
    await both.control.userWrites(USER);
    phone = await PhonePage.open(browser(), both.sandbox.url);
    previewsAsked = [];
    phone.page.on('request', (request) => {
      if (request.url().includes('/sandbox/previews')) previewsAsked.push(request.url());
    });
    await phone.openConversation(USER);
  }, TEST_TIMEOUT_MS);
  afterEach(() => phone.close());

  it(
    'is what WhatsApp shows: styles, monospace, lists, a quote, emoji, a link',
    async () => {
      expect(outcomeOf(await both.send(USER, TEXT))).toBe('ACCEPTED');
      const message = phone.message('Your order');
      await message.waitFor();
      const shown = async (selector: string): Promise<string[]> =>
        phone.textOf(message).locator(selector).allTextContents();
      expect(await shown('strong')).toEqual(['on its way']);
      expect(await shown('em')).toEqual(['today']);
      expect(await shown('s')).toEqual(['tomorrow']);
      expect(await shown('code:not(.monospace)')).toEqual(['A-17']);
      expect(await shown('code.monospace')).toEqual(['tracking 42']);
      expect(await shown('ul > li')).toEqual(['a pair of shoes', 'a hat']);
      expect(await shown('ol > li')).toEqual(['sign', 'smile']);
      expect(await shown('blockquote')).toEqual(['Where is it?']);
      expect(await message.textContent()).toContain('📦👍🏽');
      const link = message.getByRole('link', { name: LINK, exact: true });
      expect(await link.getAttribute('href')).toBe(LINK);
      expect(await link.getAttribute('rel')).toContain('noopener');
      expect(phone.opened.problems).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'has the card of the first link when a preview was asked for',
    async () => {
      await both.send(USER, `Look: ${LINK}`, { previewUrl: true });
      const card = phone.message('Look').getByRole('link', { name: 'example.com' }).first();
      await card.getByText('Offer', { exact: true }).waitFor();
      await card.getByText('example.com', { exact: true }).waitFor();
      await card.locator('img').waitFor();
      expect(await card.getAttribute('href')).toBe(LINK);
      expect(previewsAsked.length).toBeGreaterThan(0);
      expect(phone.opened.problems).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'has no card when no preview was asked for, and nobody is asked for one',
    async () => {
      await both.send(USER, `Look: ${LINK}`);
      const message = phone.message('Look');
      await message.getByText('read', { exact: true }).waitFor({ state: 'attached' });
      expect(await message.getByRole('link').count()).toBe(1);
      expect(previewsAsked).toEqual([]);
      expect(phone.opened.problems).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'is in sight when it is the newest one, however much it grows afterwards',
    async () => {
      for (let index = 1; index <= 10; index++) await both.control.userWrites(USER, `text ${index}`);
      await phone.message('text 10').waitFor();
      expect(await phone.page.evaluate(BELOW_ONCE_GROWN)).toBeLessThan(1);
      // Whoever reads older ones is not taken away from them.
      await phone.messages.first().scrollIntoViewIfNeeded();
      await both.control.userWrites(USER, 'text 11');
      await phone.page.getByRole('button', { name: 'New messages' }).click();
      expect(await phone.page.evaluate(BELOW_ONCE_GROWN)).toBeLessThan(1);
      expect(phone.opened.problems).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );
});
