import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import type { Change } from './api/answers.ts';
import { SandboxClient } from './api/sandbox-client.ts';
import { tickingNow } from './clock/now.ts';
import { Conversations } from './conversations/conversations.ts';
import { MessageDetails } from './details/message-details.ts';
import { FaultSwitches } from './faults/faults.ts';
import { Live } from './live/live.ts';
import { hashOf, phoneNumberIn } from './location/open-in-location.ts';
import { OpenConversation } from './phone/open-conversation.ts';
import { Previews } from './phone/previews.ts';
import { Problems } from './problems/problems.ts';
import { LatestRequests } from './requests/latest-requests.ts';
import { CurrentSettings } from './settings/current-settings.ts';
import { ThemeChoice } from './theme/theme.ts';

/** Which of the three is seen where there is room for one. */
export type Pane = 'conversations' | 'phone' | 'details';

export const TABS = ['details', 'requests', 'faults', 'settings'] as const;
export type Tab = (typeof TABS)[number];

/** All that the page knows. Its parts find it by {@link usePage}. */
export class Page {
  readonly client = new SandboxClient();
  readonly problems = new Problems();
  readonly conversations = new Conversations(this.client, this.problems);
  readonly open = new OpenConversation(this.client, this.problems);
  readonly details = new MessageDetails(this.client, this.problems);
  readonly previews = new Previews(this.client);
  readonly requests = new LatestRequests(this.client, this.problems);
  readonly faults = new FaultSwitches(this.client, this.problems);
  readonly settings = new CurrentSettings(this.client, this.problems);
  readonly themeChoice = new ThemeChoice();
  readonly now: ReadonlySignal<number> = tickingNow();
  readonly pane = signal<Pane>('conversations');
  readonly tab = signal<Tab>('details');
  readonly live = new Live({
    onChange: (change) => this.#apply(change),
    onConnected: () => this.#loadAll(),
  });

  start(): void {
    this.themeChoice.start();
    addEventListener('hashchange', () => this.#followLocation());
    this.#followLocation();
    this.#loadAll();
    this.live.start();
    // What belongs to another conversation is no longer of interest.
    this.open.phoneNumber.subscribe(() => this.details.select(undefined));
  }

  /** Opens a conversation, or closes the one that is open; the location follows, so that it can be linked. */
  go(phoneNumber: string | undefined): void {
    location.hash = hashOf(phoneNumber);
    this.#followLocation();
  }

  showTab(tab: Tab): void {
    this.tab.value = tab;
    this.pane.value = 'details';
  }

  async reset(): Promise<void> {
    const done = this.problems.valueOf('The sandbox was not reset', await this.client.reset());
    if (done === undefined) return;
    this.details.select(undefined);
    this.#loadAll();
  }

  #followLocation(): void {
    const phoneNumber = phoneNumberIn(location.hash);
    this.pane.value = phoneNumber === undefined ? 'conversations' : 'phone';
    this.open.open(phoneNumber);
    document.title = phoneNumber === undefined ? 'Parley sandbox' : `${phoneNumber} – Parley sandbox`;
  }

  #apply(change: Change): void {
    if (change.everything) {
      this.#loadAll();
      return;
    }
    this.conversations.apply(change);
    this.open.apply(change);
    this.details.apply(change);
    if (change.also.includes('requests')) this.requests.reload();
    if (change.also.includes('faults')) this.faults.reload();
    if (change.also.includes('settings')) this.settings.reload();
  }

  #loadAll(): void {
    this.conversations.reload();
    this.open.refresh();
    this.details.refresh();
    this.requests.reload();
    this.faults.reload();
    this.settings.reload();
  }
}

export const PageContext = createContext<Page | undefined>(undefined);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === undefined) throw new Error('used outside of PageContext');
  return page;
}
