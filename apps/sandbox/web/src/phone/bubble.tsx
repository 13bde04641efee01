import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Entry } from '../api/answers.ts';
import { clockTime } from '../clock/times.ts';
import { firstLink } from '../formatting/formatted.ts';
import { FormattedText } from '../formatting/formatted-text.tsx';
import { parseFormatting } from '../formatting/parse-formatting.ts';
import { entryText, entryTime } from './entries.ts';
import { failureAdvice } from './failure-advice.ts';
import { PreviewCard } from './preview-card.tsx';
import { Ticks } from './ticks.tsx';

interface BubbleProps {
  readonly entry: Entry;
  readonly isSelected: boolean;
  /** Whether Tab leads to it; the arrows lead to the others. */
  readonly isTabStop: boolean;
  readonly onSelect: (entry: Entry) => void;
}

/** One text. Its time is a button that shows its details; for the mouse, the whole bubble is. */
export function Bubble({ entry, isSelected, isTabStop, onSelect }: BubbleProps): JSX.Element {
  const { outbound } = entry;
  const text = entryText(entry);
  const link = useMemo(
    () => (outbound?.previewUrl ? firstLink(parseFormatting(text)) : undefined),
    [outbound?.previewUrl, text],
  );
  const last = outbound?.statuses.at(-1);
  const select = (event: MouseEvent): void => {
    const isLink = event.target instanceof Element && event.target.closest('a') !== null;
    // Whoever marks a text wants to copy it.
    if (!isLink && getSelection()?.isCollapsed !== false) onSelect(entry);
  };
  return (
    <div
      class={`bubble ${outbound ? 'outbound' : 'inbound'}${isSelected ? ' selected' : ''}`}
      onClick={select}
    >
      <span class="visually-hidden">{outbound ? 'Business: ' : 'User: '}</span>
      {link !== undefined && <PreviewCard url={link} />}
      <FormattedText text={text} />
      {last?.status === 'failed' && <p class="failure">{failureAdvice(last.code)}</p>}
      <button
        type="button"
        class="bubble-meta"
        tabIndex={isTabStop ? 0 : -1}
        aria-pressed={isSelected}
        title="Show details"
        onClick={(event) => {
          event.stopPropagation();
          onSelect(entry);
        }}
      >
        <span class="visually-hidden">Details, </span>
        <time dateTime={entryTime(entry)}>{clockTime(entryTime(entry))}</time>
        {outbound && <Ticks status={last?.status} code={last?.code} />}
      </button>
    </div>
  );
}
