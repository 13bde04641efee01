import type { Locator, Page } from 'playwright-core';
import type { BrowserPage, PageOptions } from '../browser/browser-page.ts';
import type { TestBrowser } from '../browser/test-browser.ts';

/** The sandbox's page, by the roles and names that people who cannot see it are told. */
export class PhonePage {
  readonly opened: BrowserPage;
  readonly page: Page;

  private constructor(opened: BrowserPage) {
    this.opened = opened;
    this.page = opened.page;
  }

  /** Resolves once it is told of changes as they come. */
  static async open(browser: TestBrowser, url: string, options?: PageOptions): Promise<PhonePage> {
    const page = new PhonePage(await browser.openPage(url, options));
    await page.live('Live').waitFor();
    return page;
  }

  /** @param state such as `Live` */
  live(state: string): Locator {
    return this.page.getByRole('status').filter({ hasText: state });
  }

  conversation(phoneNumber: string): Locator {
    return this.page.getByRole('option', { name: phoneNumber });
  }

  get messages(): Locator {
    return this.page.getByRole('list', { name: 'Messages' }).locator('> li');
  }

  message(part: string): Locator {
    return this.messages.filter({ hasText: part });
  }

  /** What was written alone, without time and ticks. */
  textOf(message: Locator): Locator {
    return message.locator('.formatted');
  }

  get writeBack(): Locator {
    return this.page.getByRole('textbox', { name: 'Write as the user' });
  }

  get details(): Locator {
    return this.page.getByRole('tabpanel');
  }

  async openConversation(phoneNumber: string): Promise<void> {
    await this.conversation(phoneNumber).click();
    await this.page.getByRole('heading', { name: `Phone of ${phoneNumber}` }).waitFor();
    await this.messages.first().waitFor();
  }

  async openTab(name: 'Details' | 'Requests' | 'Faults' | 'Settings'): Promise<void> {
    await this.page.getByRole('tab', { name }).click();
    await this.page.getByRole('tabpanel', { name }).waitFor();
  }

  async showDetailsOf(message: Locator): Promise<void> {
    await message.getByRole('button', { name: 'Details' }).click();
  }

  close(): Promise<void> {
    return this.opened.close();
  }
}
