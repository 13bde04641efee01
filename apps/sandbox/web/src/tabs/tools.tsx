import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { Details } from '../details/details.tsx';
import { FaultsTab } from '../faults/faults-tab.tsx';
import { BackIcon } from '../icons/icons.tsx';
import { TABS, usePage } from '../page.ts';
import type { Tab } from '../page.ts';
import { RequestsTab } from '../requests/requests-tab.tsx';
import { SettingsTab } from '../settings/settings-tab.tsx';
import './tools.css';

const PANELS: Readonly<Record<Tab, { readonly title: string; readonly Panel: () => JSX.Element }>> = {
  details: { title: 'Details', Panel: Details },
  requests: { title: 'Requests', Panel: RequestsTab },
  faults: { title: 'Faults', Panel: FaultsTab },
  settings: { title: 'Settings', Panel: SettingsTab },
};

/** The pane on the right, in tabs. */
export function Tools(): JSX.Element {
  const page = usePage();
  const open = page.tab.value;
  const tabs = useRef<HTMLDivElement>(null);
  const { title, Panel } = PANELS[open];
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = TABS[(TABS.indexOf(open) + step + TABS.length) % TABS.length];
    if (step === 0 || next === undefined) return;
    event.preventDefault();
    page.tab.value = next;
    tabs.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <section class="pane tools" aria-label="Details, requests, faults and settings">
      <div class="tools-head">
        <button
          type="button"
          class="icon-button back"
          aria-label="Back"
          onClick={() =>
            (page.pane.value = page.open.phoneNumber.peek() === undefined ? 'conversations' : 'phone')
          }
        >
          <BackIcon />
        </button>
        <div ref={tabs} class="tabs" role="tablist" aria-label="What to show" onKeyDown={onKeyDown}>
          {TABS.map((tab) => (
            <button
              key={tab}
              type="button"
              id={`tab-${tab}`}
              role="tab"
              aria-selected={tab === open}
              aria-controls="tab-panel"
              tabIndex={tab === open ? 0 : -1}
              onClick={() => (page.tab.value = tab)}
            >
              {PANELS[tab].title}
            </button>
          ))}
        </div>
      </div>
      <div id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`tab-${open}`} tabIndex={0}>
        <h2 class="visually-hidden">{title}</h2>
        <Panel />
      </div>
    </section>
  );
}
