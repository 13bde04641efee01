/** From the first character of the opening marker to behind the last one of the closing marker. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export const FENCE = '```';

/** Where three backticks stand on both sides of something that is not all white space. In order, none within another. */
export function monospaceRanges(text: string): readonly Range[] {
  const ranges: Range[] = [];
  let open = text.indexOf(FENCE);
  while (open !== -1) {
    const close = text.indexOf(FENCE, open + FENCE.length);
    if (close === -1) break;
    if (text.slice(open + FENCE.length, close).trim() === '') {
      open = close;
      continue;
    }
    ranges.push({ start: open, end: close + FENCE.length });
    open = text.indexOf(FENCE, close + FENCE.length);
  }
  return ranges;
}
