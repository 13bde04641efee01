import AxeBuilder from '@axe-core/playwright';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { PageOptions } from '../browser/browser-page.ts';
import { describeWithBrowser, ownBrowser } from '../browser/own-browser.ts';
import { SandboxProcess } from '../sandbox/sandbox-process.ts';
import { PhonePage } from './phone-page.ts';
import { SHOWN_TEXT, SHOWN_USER, fillShowcase } from './showcase.ts';

const START_TIMEOUT_MS = 90_000;
const TEST_TIMEOUT_MS = 60_000;
const MAX_TABS = 40;
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 360, height: 740 };

const LOOKS = {
  light: { viewport: WIDE, colorScheme: 'light' },
  dark: { viewport: WIDE, colorScheme: 'dark' },
  narrow: { viewport: NARROW, colorScheme: 'light' },
} as const satisfies Readonly<Record<string, PageOptions>>;

describeWithBrowser('The phone page, for everybody (needs a browser)', () => {
  const browser = ownBrowser();
  let sandbox: SandboxProcess;

  beforeAll(async () => {
    sandbox = await SandboxProcess.start({
      SANDBOX_PREVIEWS: 'fixtures',
      SANDBOX_ENFORCE_WINDOW: 'true',
      SANDBOX_RATE_LIMIT_PER_SECOND: '0',
    });
    await fillShowcase(sandbox);
  }, START_TIMEOUT_MS);
  afterAll(() => sandbox.stop(), START_TIMEOUT_MS);

  for (const [look, options] of Object.entries(LOOKS)) {
    it(
      `has no serious problem that axe finds, in any view: ${look}`,
      async () => {
        const phone = await PhonePage.open(browser(), sandbox.url, options);
        const judge = async (view: string): Promise<void> => {
          await phone.opened.screenshot(`phone-page-${look}-${view}`);
          expect({ view, problems: await seriousProblems(phone) }).toEqual({ view, problems: [] });
          expect(await phone.page.evaluate('document.documentElement.scrollWidth')).toBe(
            options.viewport.width,
          );
        };
        await phone.conversation(SHOWN_USER).waitFor();
        await judge('conversations');
        await phone.openConversation(SHOWN_USER);
        await phone.message('Follow it').getByRole('link').first().waitFor();
        await phone.message('This one').getByText('failed with code').waitFor({ state: 'attached' });
        await judge('phone');
        await phone.showDetailsOf(phone.message(SHOWN_TEXT));
        await phone.details.getByLabel('Request body', { exact: true }).waitFor();
        await judge('details');
        for (const tab of ['Requests', 'Faults', 'Settings'] as const) {
          await phone.openTab(tab);
          await phone.details.getByText('Loading…').first().waitFor({ state: 'detached' });
          await judge(tab.toLowerCase());
        }
        expect(phone.opened.problems).toEqual([]);
        await phone.close();
      },
      TEST_TIMEOUT_MS,
    );
  }

  for (const [width, viewport] of Object.entries({ wide: WIDE, narrow: NARROW })) {
    it(
      `is worked by keyboard alone: ${width}`,
      async () => {
        const phone = await PhonePage.open(browser(), sandbox.url, { viewport });
        await phone.conversation(SHOWN_USER).waitFor();
        const { keyboard } = phone.page;
        await tabTo(phone, 'Conversations');
        await keyboard.press('End');
        await keyboard.press('Home');
        await keyboard.press('Enter');
        await phone.messages.first().waitFor();

        await tabTo(phone, 'Write as the user');
        await keyboard.type(`By keyboard, ${width}`);
        await keyboard.press('Enter');
        await phone.message(`By keyboard, ${width}`).waitFor();

        await tabTo(phone, 'Details, ', 'Shift+Tab');
        await keyboard.press('Enter');
        await phone.details.getByText('The user wrote this at').waitFor();

        if (viewport === NARROW) {
          await tabTo(phone, 'Back', 'Shift+Tab');
          await keyboard.press('Enter');
          await phone.writeBack.waitFor();
          await tabTo(phone, 'Back to the conversations', 'Shift+Tab');
          await keyboard.press('Enter');
        }
        await tabTo(phone, 'Conversations', 'Shift+Tab');
        await keyboard.press('ArrowDown');
        await keyboard.press('Enter');
        await phone.page.getByRole('heading', { name: /^Phone of/ }).waitFor();
        expect(phone.opened.problems).toEqual([]);
        await phone.close();
      },
      TEST_TIMEOUT_MS,
    );
  }

  it(
    'shows one pane at a time on a phone',
    async () => {
      const phone = await PhonePage.open(browser(), sandbox.url, { viewport: NARROW });
      const panes = phone.page.getByRole('region').filter({ visible: true });
      const expectPane = async (name: string): Promise<void> => {
        await phone.page.getByRole('region', { name }).waitFor();
        expect(await panes.count()).toBe(1);
      };
      await expectPane('Conversations');
      await phone.openConversation(SHOWN_USER);
      await expectPane(`Phone of ${SHOWN_USER}`);
      await phone.showDetailsOf(phone.message(SHOWN_TEXT));
      await expectPane('Details, requests, faults and settings');
      await phone.page.getByRole('button', { name: 'Back', exact: true }).click();
      await expectPane(`Phone of ${SHOWN_USER}`);
      await phone.page.getByRole('button', { name: 'Back to the conversations' }).click();
      await expectPane('Conversations');
      expect(phone.opened.problems).toEqual([]);
      await phone.close();
    },
    TEST_TIMEOUT_MS,
  );
});

/** With what they are about, so that the failure says what to mend. */
async function seriousProblems({ page }: PhonePage): Promise<string[]> {
  // There are no frames, for which alone it would open another page each time.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] })
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
    );
}

/** Until what has the focus is named so. */
async function tabTo({ page }: PhonePage, name: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const passed: string[] = [];
  for (let tabs = 0; tabs < MAX_TABS; tabs++) {
    await page.keyboard.press(key);
    const focused = await page.evaluate<string>(
      `document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent`,
    );
    if (focused.startsWith(name)) return;
    passed.push(focused);
  }
  throw new Error(`${name} is not reached by ${key}, past ${passed.join(' | ').slice(0, 500)}`);
}
