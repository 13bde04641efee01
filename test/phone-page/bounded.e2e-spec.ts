import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWithBrowser, ownBrowser } from '../browser/own-browser.ts';
import { AUTH_KEY, SandboxProcess } from '../sandbox/sandbox-process.ts';
import { CONVERSATIONS, fill, numberOf } from './fill.ts';
import { PageMemory } from './page-memory.ts';
import type { Held } from './page-memory.ts';
import { PhonePage } from './phone-page.ts';

const START_TIMEOUT_MS = 90_000;
const TEST_TIMEOUT_MS = 120_000;
const MAX_ROWS = 40;
const MAX_ELEMENTS = 3_000;
const MAX_HEAP_MIB = 60;
const OPENED_IN_A_ROUND = 50;
const ROUNDS = 3;
/** What the page keeps for later, such as answers that a search may still want, is done growing after the first round. */
const MAX_GROWTH_MIB = 3;
const ELEMENTS = `document.querySelectorAll('*').length`;

describeWithBrowser('The phone page with 10,000 messages in 1,000 conversations (needs a browser)', () => {
  const browser = ownBrowser();
  let sandbox: SandboxProcess;
  let phone: PhonePage;

  beforeAll(async () => {
    sandbox = await SandboxProcess.start({ SANDBOX_RATE_LIMIT_PER_SECOND: '0' });
    await fill(sandbox.url, AUTH_KEY);
    phone = await PhonePage.open(browser(), sandbox.url);
    await phone.page.getByText(`${CONVERSATIONS} conversations`).waitFor();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await phone.close();
    await sandbox.stop();
  }, START_TIMEOUT_MS);

  it(
    'draws what is seen alone, from the first conversation to the last',
    async () => {
      const { page } = phone;
      const expectFewDrawn = async (): Promise<void> => {
        expect(await page.getByRole('option').count()).toBeLessThan(MAX_ROWS);
        expect(await page.evaluate(ELEMENTS)).toBeLessThan(MAX_ELEMENTS);
      };
      await expectFewDrawn();
      const list = page.getByRole('listbox', { name: 'Conversations' });
      await list.focus();
      await page.keyboard.press('End');
      await list.getByRole('option', { selected: false }).last().waitFor();
      expect(await page.getByRole('option').last().getAttribute('aria-posinset')).toBe(String(CONVERSATIONS));
      await expectFewDrawn();
      await page.getByRole('searchbox').fill(numberOf(777));
      await page.getByText('1 conversation', { exact: true }).waitFor();
      await page.getByRole('searchbox').fill('');
      await page.getByText(`${CONVERSATIONS} conversations`).waitFor();
      await expectFewDrawn();
      expect(phone.opened.problems).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'holds no more memory after 200 conversations than after 50',
    async () => {
      const memory = await PageMemory.of(phone.page);
      const held: Held[] = [];
      for (let round = 0; round <= ROUNDS; round++) {
        for (let opened = 0; opened < OPENED_IN_A_ROUND; opened++)
          await follow(numberOf(round * OPENED_IN_A_ROUND + opened));
        held.push(await memory.held());
      }
      const [first, last] = [held[0], held.at(-1)];
      console.log(`held after each round: ${held.map((each) => JSON.stringify(each)).join(', ')}`);
      expect(Math.max(...held.map(({ heapMiB }) => heapMiB))).toBeLessThan(MAX_HEAP_MIB);
      expect((last?.heapMiB ?? NaN) - (first?.heapMiB ?? NaN)).toBeLessThan(MAX_GROWTH_MIB);
      expect((last?.nodes ?? NaN) - (first?.nodes ?? NaN)).toBeLessThan(MAX_ELEMENTS);
      expect(await phone.page.evaluate(ELEMENTS)).toBeLessThan(MAX_ELEMENTS);
      expect(phone.opened.problems).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  /** As by a link to the conversation. */
  async function follow(phoneNumber: string): Promise<void> {
    await phone.page.evaluate(`location.hash = '#/${phoneNumber}'`);
    await phone.page.getByRole('heading', { name: phoneNumber }).waitFor();
    await phone.messages.nth(9).waitFor();
  }
});
