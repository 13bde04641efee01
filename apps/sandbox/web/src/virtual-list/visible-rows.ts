/** Rows from `first` up to and without `end`. */
export interface VisibleRows {
  readonly first: number;
  readonly end: number;
}

/** Drawn above and below what is seen, so that scrolling shows no gap. */
const ROWS_AROUND = 6;

/** Which of `count` rows of one height are seen, and some around them. All lengths in pixels. */
export function visibleRows(
  count: number,
  rowHeight: number,
  { scrollTop, height }: { readonly scrollTop: number; readonly height: number },
): VisibleRows {
  const first = Math.floor(scrollTop / rowHeight) - ROWS_AROUND;
  const end = Math.ceil((scrollTop + height) / rowHeight) + ROWS_AROUND;
  return { first: Math.min(count, Math.max(0, first)), end: Math.max(0, Math.min(count, end)) };
}

/** Where to scroll so that a row is seen whole, moving as little as needed. */
export function scrollTopFor(
  row: number,
  rowHeight: number,
  { scrollTop, height }: { readonly scrollTop: number; readonly height: number },
): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + rowHeight - height);
}
