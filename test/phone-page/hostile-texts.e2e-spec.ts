import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { describeWithBrowser, ownBrowser } from '../browser/own-browser.ts';
import { SandboxControl } from '../insider-page/sandbox-control.ts';
import { PhonePage } from './phone-page.ts';
import { SandboxProcess } from '../sandbox/sandbox-process.ts';

const START_TIMEOUT_MS = 90_000;
const TEST_TIMEOUT_MS = 30_000;
const USER = '+14155550100';
const OTHER_USER = '+14155550199';

const MARKUP = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)><style>*{display:none}</style>',
  '"><iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
  '&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#x3C;b&#x3E;',
  '{{constructor.constructor("alert(1)")()}} ${alert(1)}',
];

const TEXTS: Readonly<Record<string, string>> = {
  markup: MARKUP.join(' '),
  '4,096 emoji': '\u{1F600}'.repeat(4_096),
  'javascript links':
    'javascript:alert(1) JAVASCRIPT://x/%0aalert(1) data:text/html,<script>alert(1)</script>',
  'links with markup in them': 'https://example.com/"onmouseover="alert(1) http://example.com/<img/src=x>',
  'bidi controls':
    'pay \u202E001 ot\u202C \u2066isolate\u2069 \u2067\u2068never closed \u200Fmark \u061Cmark \u202D\u202Aopen',
  'zero-width characters': 'a\u200Bb\u200Cc\u200Dd\u2060e\uFEFFf \u00ADsoft \u2028line \u2029paragraph',
  'marks piled up': `Z${'\u0353\u0300\u0489'.repeat(300)}algo`,
  'a word without end': 'W'.repeat(4_000),
  'a lone surrogate': 'half \uD83D of one',
  'a control character': 'bell \u0007 null-like \u0001 escape \u001B[31m',
};

/** Both sides write it, with what formatting takes away. */
const FORMATTED = '*<img src=x onerror=alert(1)>*\n- _<script>alert(1)</script>_\n> ~<b>x</b>~\n`<i>`';
const FORMATTED_SHOWN = '<img src=x onerror=alert(1)><script>alert(1)</script><b>x</b><i>';

describeWithBrowser('A text on the phone page, whatever it holds (needs a browser)', () => {
  const browser = ownBrowser();
  let sandbox: SandboxProcess;
  let control: SandboxControl;
  let phone: PhonePage;

  beforeAll(async () => {
    sandbox = await SandboxProcess.start({
      SANDBOX_PREVIEWS: 'fixtures',
      SANDBOX_RATE_LIMIT_PER_SECOND: '0',
    });
    control = new SandboxControl(sandbox.url);
  }, START_TIMEOUT_MS);
  afterAll(() => sandbox.stop(), START_TIMEOUT_MS);

  beforeEach(async () => {
    await control.reset();
    await control.change({ bodyCountedIn: 'code-points' });
    await sandbox.send('an ordinary one', OTHER_USER);
    phone = await PhonePage.open(browser(), sandbox.url);
    await phone.openConversation(OTHER_USER);
  }, TEST_TIMEOUT_MS);
  afterEach(() => phone.close());

  for (const [what, text] of Object.entries(TEXTS)) {
    it(`is text and nothing else: ${what}`, () => expectTextAlone(text, text), TEST_TIMEOUT_MS);
  }

  it(
    'is text and nothing else: markup inside of formatting',
    () => expectTextAlone(FORMATTED, FORMATTED_SHOWN),
    TEST_TIMEOUT_MS,
  );

  /** Everywhere that it is shown: in the list, on the phone from both sides, in its details, in its request, in a search. */
  async function expectTextAlone(text: string, shown: string): Promise<void> {
    const { page, details, messages } = phone;
    const layout = await page.evaluate(LAYOUT);
    await sandbox.send(text, USER);
    // The user's box takes half of that many emoji.
    const ofUser = text.slice(0, 4_096);
    await control.userWrites(USER, ofUser);
    await phone.openConversation(USER);
    await messages.nth(1).waitFor();
    expect(await phone.textOf(messages.nth(0)).textContent()).toBe(shown);
    expect(await phone.textOf(messages.nth(1)).textContent()).toBe(shown.slice(0, 4_096));

    await phone.showDetailsOf(messages.first());
    await details.getByLabel('Request body', { exact: true }).waitFor();
    expect(await page.evaluate(FOREIGN_ELEMENTS)).toEqual([]);
    await phone.openTab('Requests');
    await details.getByText('1 taken').first().click();
    await details.getByLabel('Request body', { exact: true }).waitFor();
    const search = page.getByRole('searchbox');
    await search.fill(ofUser.slice(0, 40));
    await page.getByText(/^1 conversation$|^No number and no text/).waitFor();
    expect(await page.evaluate(FOREIGN_ELEMENTS)).toEqual([]);
    await search.fill('');
    await page.getByText('2 conversations').waitFor();

    expect(await page.evaluate(LAYOUT)).toEqual(layout);
    await phone.openConversation(OTHER_USER);
    expect(await phone.textOf(messages.first()).textContent()).toBe('an ordinary one');
    expect(phone.opened.problems).toEqual([]);
  }
});

/** In the browser: what the page never makes of a text, wherever it came to be. */
const FOREIGN_ELEMENTS = `(() => {
  const texts = [...document.querySelectorAll('.formatted *, .conversation-last *, pre *')];
  const isForeign = (element) =>
    !element.matches('p, strong, em, s, code, ul, ol, li, blockquote, a') ||
    [...element.attributes].some(({ name }) => !['href', 'target', 'rel', 'class', 'value'].includes(name)) ||
    (element.matches('a') && !/^https?:/.test(element.href));
  return [
    ...texts.filter(isForeign),
    ...document.querySelectorAll('img, iframe, object, embed, base, script:not([src])'),
  ].map(({ outerHTML }) => outerHTML);
})()`;

/** In the browser: where everything around the texts is. */
const LAYOUT = `[
  document.documentElement.scrollWidth,
  ...[...document.querySelectorAll('header, header *, main > *, [role="tab"], textarea')].map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [element.tagName, x, y, width, height].join(' ');
  }),
]`;
