import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { provisionChromium } from '@parley/provisioning';
import { percentile } from '@parley/testing';
import { TestBrowser } from '../../test/browser/test-browser.ts';
import { CONVERSATIONS, MESSAGES, fill, requestBody } from '../../test/phone-page/fill.ts';
import { PageMemory } from '../../test/phone-page/page-memory.ts';
import { PhonePage } from '../../test/phone-page/phone-page.ts';
import { InteractionWatch } from '../interaction-times.ts';
import type { InteractionTimes } from '../interaction-times.ts';
import { Programs } from '../programs.ts';
import { SANDBOX_KEY, startSandbox } from '../sandbox-process.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';

const REQUEST_TIMEOUT_MS = 5_000;
const MESSAGES_PER_SECOND = 100;
const REQUESTS_PER_SECOND = 10;

const INTERACTION_MS = 200;
const ELEMENTS = 3_000;
const HEAP_MIB = 60;
const SANDBOX_MIB = 400;

export const phonePage: Scenario = {
  name: 'phone-page',
  measures: `the sandbox's page with ${MESSAGES} messages in ${CONVERSATIONS} conversations, ${MESSAGES_PER_SECOND} more coming each second`,
  run: async (context) => {
    const { report, signal } = context;
    const programs = new Programs(signal);
    const browser = await launchBrowser(context);
    try {
      const { url, pid } = await startSandbox(programs);
      await fill(url, SANDBOX_KEY);
      report('filled');
      const phone = await PhonePage.open(browser, url);
      await phone.page.getByText(`${CONVERSATIONS} conversations`).waitFor();
      const traffic = new AbortController();
      const received = receive(url, AbortSignal.any([signal, traffic.signal]));
      const kinds = await interact(phone, report);
      const elements = await phone.page.evaluate<number>(`document.querySelectorAll('*').length`);
      traffic.abort();
      const perSecond = await received;
      const { heapMiB } = await (await PageMemory.of(phone.page)).held();
      const sandboxMiB = await residentMiB(pid);
      report(
        `${perSecond.toFixed(0)} messages/s came meanwhile; the page holds ${heapMiB.toFixed(1)} MiB in ${elements} elements, the sandbox ${sandboxMiB.toFixed(0)} MiB`,
      );
      return {
        rows: [...kinds].map(([interaction, times]) => ({
          interaction,
          times: times.count,
          'worst event ms': times.worstEventMs.toFixed(0),
          'handled ms': times.worstHandledMs.toFixed(0),
          'shown p50 ms': toldMs(times, 0.5),
          'shown worst ms': toldMs(times, 1),
          'longest frame ms': times.longestFrameMs.toFixed(0),
        })),
        bars: [
          ...[...kinds].flatMap(([interaction, { worstEventMs, shownMs }]) => [
            { what: `the worst event of ${interaction}, ms,`, value: worstEventMs, below: INTERACTION_MS },
            ...(shownMs.length > 0
              ? [
                  {
                    what: `${interaction} until shown, at worst, ms,`,
                    value: percentile(shownMs, 1),
                    below: INTERACTION_MS,
                  },
                ]
              : []),
          ]),
          { what: 'messages/s meanwhile', value: perSecond, atLeast: 0.95 * MESSAGES_PER_SECOND },
          { what: 'elements on the page', value: elements, below: ELEMENTS },
          { what: 'heap of the page, MiB,', value: heapMiB, below: HEAP_MIB },
          { what: 'memory of the sandbox, MiB,', value: sandboxMiB, below: SANDBOX_MIB },
        ],
      };
    } finally {
      await browser.close();
      await programs.stop();
    }
  },
};

/** All that people do on the page, kind by kind. */
async function interact(
  phone: PhonePage,
  report: (line: string) => void,
): Promise<ReadonlyMap<string, InteractionTimes>> {
  const { page } = phone;
  const watch = await InteractionWatch.of(page);
  const kinds = new Map<string, InteractionTimes>();
  const measure = async (
    kind: string,
    count: number,
    once: (index: number) => Promise<number | undefined>,
  ): Promise<void> => {
    kinds.set(kind, await watch.measure(count, once));
    report(kind);
  };
  const list = page.getByRole('listbox', { name: 'Conversations' });
  const search = page.getByRole('searchbox');

  await measure('opening a conversation', 40, async (index) => {
    const shown = await watch.shownAfter('click', OPENED);
    // Rows move while texts come in: whichever is there now is opened.
    await list.click({ position: { x: 150, y: 36 + 72 * (index % 7) } });
    return shown.ms;
  });
  await measure('searching', 10, async (index) => {
    await search.fill('');
    // Of numbers alone: what a text that is not shown holds cannot be judged.
    await search.pressSequentially('0000', { delay: 60 });
    const shown = await watch.shownAfter('input', FOUND);
    await search.press(String(index % 10));
    return shown.ms;
  });
  await search.fill('');
  await measure('scrolling', 60, async (index) => {
    await list.hover();
    await page.mouse.wheel(0, index < 40 ? 1_500 : -2_500);
    return undefined;
  });
  await measure('switching tabs', 24, async (index) => {
    await phone.openTab((['Requests', 'Faults', 'Settings', 'Details'] as const)[index % 4] ?? 'Details');
    return undefined;
  });
  await measure('writing back', 15, async (index) => {
    await phone.writeBack.pressSequentially(`answer ${index}`, { delay: 20 });
    const shown = await watch.shownAfter('keydown', WRITTEN(`answer ${index}`));
    await phone.writeBack.press('Enter');
    return shown.ms;
  });
  return kinds;
}

const OPENED = `document.querySelector('[aria-label="Messages"] > li') !== null &&
  document.querySelector('#phone-title').textContent.includes(target.closest('[role="option"]').querySelector('.conversation-number').textContent)`;
const FOUND = `[...document.querySelectorAll('[role="option"]')].every(({ textContent }) => textContent.includes(target.value))`;
const WRITTEN = (text: string): string =>
  `[...document.querySelectorAll('[aria-label="Messages"] > li')].some(({ textContent }) => textContent.includes(${JSON.stringify(text)}))`;

function toldMs({ shownMs }: InteractionTimes, part: number): string {
  return shownMs.length === 0 ? '–' : percentile(shownMs, part).toFixed(0);
}

/** Texts to all conversations in turn until it is told to end. @returns how many a second were taken */
async function receive(url: string, signal: AbortSignal): Promise<number> {
  const startedMs = performance.now();
  const perRequest = MESSAGES_PER_SECOND / REQUESTS_PER_SECOND;
  const posts: Promise<boolean>[] = [];
  while (!signal.aborted) {
    posts.push(post(url, requestBody(MESSAGES + posts.length * perRequest, perRequest)));
    const dueMs = startedMs + (posts.length * 1_000) / REQUESTS_PER_SECOND;
    // It ends early with the signal, and so does the loop.
    await sleep(dueMs - performance.now(), undefined, { signal }).catch(() => undefined);
  }
  const taken = (await Promise.all(posts)).filter(Boolean).length * perRequest;
  return (taken * 1_000) / (performance.now() - startedMs);
}

/** @returns whether it was taken */
async function post(url: string, body: string): Promise<boolean> {
  const headers = {
    'x-ins-auth-key': SANDBOX_KEY,
    'content-type': 'application/json',
    'user-agent': 'parley-bench',
  };
  const response = await fetch(`${url}/v1/conversational/send`, {
    method: 'POST',
    headers,
    body,
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  await response.body?.cancel();
  return response.ok;
}

async function launchBrowser({ report, signal }: ScenarioContext): Promise<TestBrowser> {
  const chromium = await provisionChromium({ environment: process.env, report, signal });
  if (chromium.kind === 'none') throw new Error(`no browser: ${chromium.why.join('; ')}`);
  report(chromium.describe);
  return TestBrowser.launch(chromium.path);
}

/** Resident memory of a process (Linux). */
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
