import type { Block, Formatted, Line } from './formatted.ts';
import { monospaceRanges } from './monospace-ranges.ts';
import type { Range } from './monospace-ranges.ts';
import { parseInline } from './parse-inline.ts';

/**
 * Reads a text as WhatsApp formats it: `*bold*`, `_italic_`, `~strike~`, `` `code` ``, ` ```monospace``` `, `* ` or `- `
 * before a line of a list, `1. ` before one of a numbered list, `> ` before a quote, and http or https links. WhatsApp's
 * help page lists these and publishes no exact rules; these are the ones kept here:
 *
 * - A style's markers hug their text (no white space inside of them), stand at the edge of a word (no letter or digit
 *   outside of them) and do not cross a line break. Between three backticks there may be line breaks and white space.
 * - A style holds other styles, and not itself again. Nothing is read inside of code and of links.
 * - Two or more equal markers side by side are text: `**this**` and `__init__` are shown as they are.
 * - Styles that overlap: the one that closes first is kept, the other one's markers are text.
 * - A marker that finds no partner is text. Nothing is ever an error.
 *
 * Takes time in proportion to the text's length, whatever it holds.
 */
export function parseFormatting(text: string): Formatted {
  const blocks: { kind: Block['kind']; lines: Line[] }[] = [];
  for (const line of logicalLines(text)) {
    const { kind, marker } = kindOf(line.text);
    const content = parseInline(line.text.slice(marker.length), shifted(line.monospace, -marker.length));
    const last = blocks.at(-1);
    if (last?.kind === kind) last.lines.push({ marker, content });
    else blocks.push({ kind, lines: [{ marker, content }] });
  }
  return blocks;
}

interface LogicalLine {
  readonly text: string;
  readonly monospace: readonly Range[];
}

/** Lines, where a line break between three backticks ends none. */
function* logicalLines(text: string): Generator<LogicalLine> {
  const ranges = monospaceRanges(text);
  let start = 0;
  let inLine: Range[] = [];
  let next = 0;
  for (;;) {
    let end = text.indexOf('\n', start + (inLine.at(-1)?.end ?? 0));
    if (end === -1) end = text.length;
    const range = ranges[next];
    if (range !== undefined && range.start < end) {
      inLine.push({ start: range.start - start, end: range.end - start });
      next += 1;
      continue;
    }
    yield { text: text.slice(start, end), monospace: inLine };
    if (end === text.length) return;
    start = end + 1;
    inLine = [];
  }
}

const BULLET = /^[*-] (?=\S)/;
const NUMBER = /^\d{1,3}\. (?=\S)/;
const QUOTE = /^> (?=\S)/;

function kindOf(line: string): { kind: Block['kind']; marker: string } {
  const bullet = BULLET.exec(line);
  if (bullet) return { kind: 'bullets', marker: bullet[0] };
  const number = NUMBER.exec(line);
  if (number) return { kind: 'numbers', marker: number[0] };
  const quote = QUOTE.exec(line);
  if (quote) return { kind: 'quote', marker: quote[0] };
  return { kind: 'paragraph', marker: '' };
}

function shifted(ranges: readonly Range[], by: number): readonly Range[] {
  return by === 0 ? ranges : ranges.map(({ start, end }) => ({ start: start + by, end: end + by }));
}
