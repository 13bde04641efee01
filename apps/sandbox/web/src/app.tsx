import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ConversationList } from './conversations/conversation-list.tsx';
import { ToolsIcon } from './icons/icons.tsx';
import { LiveStateLine } from './live/live-state.tsx';
import { usePage } from './page.ts';
import type { Pane } from './page.ts';
import { Phone } from './phone/phone.tsx';
import { ProblemLines } from './problems/problem-lines.tsx';
import { Tools } from './tabs/tools.tsx';
import { ThemeButton } from './theme/theme-button.tsx';

/** Conversations, a phone, and what is behind them: side by side where there is room, else one at a time. */
export function App(): JSX.Element {
  const page = usePage();
  useFocusInPane(page.pane.value);
  return (
    <div class="app" data-pane={page.pane.value}>
      <header class="bar">
        <h1>Parley sandbox</h1>
        <LiveStateLine />
        <button
          type="button"
          class="icon-button back-tools"
          aria-label="Details, requests, faults and settings"
          title="Details, requests, faults and settings"
          onClick={() => (page.pane.value = 'details')}
        >
          <ToolsIcon />
        </button>
        <ThemeButton />
      </header>
      <ProblemLines />
      <main class="panes">
        <ConversationList />
        <Phone />
        <Tools />
      </main>
    </div>
  );
}

/** Where panes take turns, the focus goes along to the one that is seen now, and is not lost with the one before. */
function useFocusInPane(pane: Pane): void {
  useEffect(() => {
    if (document.activeElement !== document.body && document.activeElement?.checkVisibility()) return;
    const target =
      pane === 'conversations' ? '.virtual-list' : `.${pane === 'phone' ? 'phone' : 'tools'} .back`;
    document.querySelector<HTMLElement>(target)?.focus();
  }, [pane]);
}
