import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import type { Conversation } from '../api/answers.ts';
import { PlusIcon, SearchIcon } from '../icons/icons.tsx';
import { usePage } from '../page.ts';
import { VirtualList } from '../virtual-list/virtual-list.tsx';
import { ConversationRow } from './conversation-row.tsx';
import './conversations.css';
import { FirstMessage } from './first-message.tsx';
import { NewConversation } from './new-conversation.tsx';

const ROW_HEIGHT = 72;

/** The pane on the left. */
export function ConversationList(): JSX.Element {
  const page = usePage();
  const { conversations, open } = page;
  const isStarting = useSignal(false);
  const list = conversations.list.value;
  const search = conversations.search.value;
  return (
    <section class="pane conversations" aria-labelledby="conversations-title">
      <div class="pane-head">
        <h2 id="conversations-title">Conversations</h2>
        <button
          type="button"
          class="icon-button"
          aria-label="New conversation"
          title="New conversation"
          aria-expanded={isStarting.value}
          onClick={() => (isStarting.value = !isStarting.value)}
        >
          <PlusIcon />
        </button>
      </div>
      {isStarting.value && <NewConversation onDone={() => (isStarting.value = false)} />}
      <div class="search" role="search">
        <SearchIcon />
        <input
          type="search"
          aria-label="Search numbers and texts"
          placeholder="Search numbers and texts"
          maxLength={200}
          value={search}
          onInput={({ currentTarget }) => conversations.searchFor(currentTarget.value)}
        />
      </div>
      {list.length > 0 ? (
        <>
          <VirtualList<Conversation>
            label="Conversations"
            items={list}
            rowHeight={ROW_HEIGHT}
            keyOf={({ phoneNumber }) => phoneNumber}
            selectedKey={open.phoneNumber.value}
            onSelect={({ phoneNumber }) => page.go(phoneNumber)}
          >
            {(conversation) => <ConversationRow conversation={conversation} />}
          </VirtualList>
          <p class="conversations-count" role="status">
            {countText(list.length, conversations.total.value)}
          </p>
        </>
      ) : (
        <NoConversations isLoaded={conversations.isLoaded.value} search={search} />
      )}
    </section>
  );
}

function NoConversations({
  isLoaded,
  search,
}: {
  readonly isLoaded: boolean;
  readonly search: string;
}): JSX.Element {
  if (!isLoaded) return <p class="quiet padded">Loading…</p>;
  if (search === '') return <FirstMessage />;
  return (
    <p class="quiet padded" role="status">
      No number and no text contains this. Clear the search to see all conversations.
    </p>
  );
}

function countText(shown: number, total: number): string {
  if (total > shown) return `The newest ${shown} of ${total} conversations. Search to find the others.`;
  return shown === 1 ? '1 conversation' : `${shown} conversations`;
}
