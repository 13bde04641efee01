import type { ComponentChildren, JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { scrollTopFor, visibleRows } from './visible-rows.ts';
import './virtual-list.css';

interface VirtualListProps<Item> {
  readonly label: string;
  readonly items: readonly Item[];
  /** In pixels, of every row. */
  readonly rowHeight: number;
  readonly keyOf: (item: Item) => string;
  readonly selectedKey: string | undefined;
  readonly onSelect: (item: Item) => void;
  readonly children: (item: Item) => ComponentChildren;
}

/**
 * A listbox that draws only the rows that are seen. The arrows, Page up, Page down, Home and End move through it, Enter
 * and the space bar select; the focus stays on the list itself, because a row may not be drawn.
 */
export function VirtualList<Item>(props: VirtualListProps<Item>): JSX.Element {
  const { label, items, rowHeight, keyOf, selectedKey, onSelect, children } = props;
  const box = useRef<HTMLDivElement>(null);
  const view = useSignal({ scrollTop: 0, height: 0 });
  const activeKey = useSignal<string | undefined>(undefined);

  const look = (): void => {
    const { scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    const known = view.peek();
    if (known.scrollTop === scrollTop && known.height === clientHeight) return;
    view.value = { scrollTop, height: clientHeight };
  };
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(look);
    observer.observe(element);
    look();
    return () => observer.disconnect();
  }, []);

  const active = items.findIndex((item) => keyOf(item) === (activeKey.value ?? selectedKey));
  const moveTo = (row: number): void => {
    const item = items[Math.min(items.length - 1, Math.max(0, row))];
    if (item === undefined || box.current === null) return;
    activeKey.value = keyOf(item);
    box.current.scrollTop = scrollTopFor(items.indexOf(item), rowHeight, view.peek());
    look();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(view.peek().height / rowHeight) - 1);
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => moveTo(active + 1),
      ArrowUp: () => moveTo(active - 1),
      PageDown: () => moveTo(active + page),
      PageUp: () => moveTo(active - page),
      Home: () => moveTo(0),
      End: () => moveTo(items.length - 1),
      Enter: () => select(items[active]),
      ' ': () => select(items[active]),
    };
    const move = moves[event.key];
    if (move === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    move();
  };
  const select = (item: Item | undefined): void => {
    if (item === undefined) return;
    activeKey.value = keyOf(item);
    onSelect(item);
  };

  const { first, end } = visibleRows(items.length, rowHeight, view.value);
  return (
    <div
      ref={box}
      class="virtual-list"
      role="listbox"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={active >= first && active < end ? rowId(active) : undefined}
      onScroll={look}
      onKeyDown={onKeyDown}
    >
      <div class="virtual-list-rows" role="presentation" style={{ height: `${items.length * rowHeight}px` }}>
        {items.slice(first, end).map((item, index) => (
          <div
            key={keyOf(item)}
            id={rowId(first + index)}
            class={first + index === active ? 'virtual-list-row active' : 'virtual-list-row'}
            role="option"
            aria-selected={keyOf(item) === selectedKey}
            aria-setsize={items.length}
            aria-posinset={first + index + 1}
            style={{ height: `${rowHeight}px`, transform: `translateY(${(first + index) * rowHeight}px)` }}
            onClick={() => select(item)}
          >
            {children(item)}
          </div>
        ))}
      </div>
    </div>
  );
}

function rowId(row: number): string {
  return `row-${row}`;
}
