import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Entry } from '../api/answers.ts';
import { dayOf } from '../clock/times.ts';
import { DownIcon } from '../icons/icons.tsx';
import { usePage } from '../page.ts';
import { Announcer } from './announcer.tsx';
import { Bubble } from './bubble.tsx';
import { entryId, entryTime } from './entries.ts';
import { MAX_ENTRIES } from './open-conversation.ts';

/** In pixels: so close to the end counts as being there. */
const AT_END = 48;

/** The texts of the open conversation. Stays at the end while it is there, and never jumps away from what is read. */
export function MessageList(): JSX.Element {
  const page = usePage();
  const entries = page.open.entries.value;
  const selected = page.details.selected.value;
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  const scrollTop = useRef(0);
  const oldest = useRef<{ readonly element: HTMLElement; readonly top: number } | undefined>(undefined);
  const hasUnseen = useSignal(false);

  const last = entries.at(-1);
  const lastId = last && entryId(last);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const before = oldest.current;
    // Older messages came above: what was read stays where it was.
    const movedBy = before?.element.isConnected ? before.element.offsetTop - before.top : 0;
    if (isAtEnd.current) element.scrollTop = element.scrollHeight;
    else if (movedBy !== 0) element.scrollTop = scrollTop.current + movedBy;
    const first = content.current?.firstElementChild;
    oldest.current = first instanceof HTMLElement ? { element: first, top: first.offsetTop } : undefined;
  }, [entries]);
  const knownLast = useRef(lastId);
  useEffect(() => {
    if (knownLast.current !== lastId && !isAtEnd.current) hasUnseen.value = true;
    knownLast.current = lastId;
  }, [lastId]);
  // Cards and images that come later make bubbles higher.
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (box.current && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
    });
    if (content.current) observer.observe(content.current);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  const onScroll = (): void => {
    if (box.current === null) return;
    const { scrollHeight, clientHeight } = box.current;
    // Not seen at this width: where it stands says nothing.
    if (clientHeight === 0) return;
    const movedBack = box.current.scrollTop < scrollTop.current;
    scrollTop.current = box.current.scrollTop;
    const isNear = scrollHeight - scrollTop.current - clientHeight < AT_END;
    // A bubble that grows moves the end away before the list can follow: only who goes back has left it.
    isAtEnd.current = isNear || (isAtEnd.current && !movedBack);
    if (isAtEnd.current) hasUnseen.value = false;
  };
  const toEnd = (): void => {
    isAtEnd.current = true;
    hasUnseen.value = false;
    box.current?.scrollTo({ top: box.current.scrollHeight });
  };
  const select = (entry: Entry): void => {
    page.details.select(entry);
    page.showTab('details');
  };
  const tabStop = selected && entries.some((each) => entryId(each) === entryId(selected)) ? selected : last;
  return (
    <div class="messages-frame">
      <div ref={box} class="messages" onScroll={onScroll} onKeyDown={moveByArrows}>
        <OlderMessages />
        <ol ref={content} class="message-list" aria-label="Messages">
          {entries.map((entry, index) => (
            <Row
              key={entryId(entry)}
              entry={entry}
              day={newDay(entries[index - 1], entry)}
              isSelected={selected !== undefined && entryId(selected) === entryId(entry)}
              isTabStop={entry === tabStop || (tabStop !== undefined && entryId(tabStop) === entryId(entry))}
              onSelect={select}
            />
          ))}
        </ol>
      </div>
      {hasUnseen.value && (
        <button type="button" class="unseen" onClick={toEnd}>
          <DownIcon /> New messages
        </button>
      )}
      <Announcer entries={entries} />
    </div>
  );
}

interface RowProps {
  readonly entry: Entry;
  readonly day: string | undefined;
  readonly isSelected: boolean;
  readonly isTabStop: boolean;
  readonly onSelect: (entry: Entry) => void;
}

function Row({ day, ...bubble }: RowProps): JSX.Element {
  return (
    <li class="message">
      {day !== undefined && <p class="day">{day}</p>}
      <Bubble {...bubble} />
    </li>
  );
}

function OlderMessages(): JSX.Element | null {
  const { open } = usePage();
  if (!open.hasOlder.value) return null;
  if (open.entries.value.length >= MAX_ENTRIES) {
    return (
      <p class="older-limit">More than {MAX_ENTRIES} messages are not shown. The export has them all.</p>
    );
  }
  return (
    <button
      type="button"
      class="button older"
      aria-disabled={open.isLoadingOlder.value}
      onClick={() => void open.loadOlder()}
    >
      {open.isLoadingOlder.value ? 'Loading…' : 'Older messages'}
    </button>
  );
}

function newDay(before: Entry | undefined, entry: Entry): string | undefined {
  const day = dayOf(entryTime(entry));
  return before && dayOf(entryTime(before)) === day ? undefined : day;
}

/** From one bubble's button to the next one's. */
function moveByArrows(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0 || !(event.target instanceof HTMLElement) || !event.target.matches('.bubble-meta')) return;
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('.bubble-meta')];
  event.preventDefault();
  buttons[buttons.indexOf(event.target) + step]?.focus();
}
