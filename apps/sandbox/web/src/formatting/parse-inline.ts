import { STYLE_MARKERS } from './formatted.ts';
import type { Inline, Style } from './formatted.ts';
import { findLink } from './find-link.ts';
import { FENCE } from './monospace-ranges.ts';
import type { Range } from './monospace-ranges.ts';
import { StyleStack } from './style-stack.ts';

const STYLES: ReadonlyMap<string, Style> = new Map(
  (Object.entries(STYLE_MARKERS) as [Style, string][]).map(([style, marker]) => [marker, style]),
);
/** Where text may stop being plain: nothing else needs a look. */
const SPECIAL = /[*_~`h]/gi;
const WORD = /[\p{L}\p{N}]/u;
const SPACE = /\s/;

/**
 * One line's content, by the rules of {@link parseFormatting}.
 *
 * @param monospace where monospace stands in `text`, in order
 */
export function parseInline(text: string, monospace: readonly Range[]): readonly Inline[] {
  const styles = new StyleStack();
  const ranges = monospace.values();
  let range = ranges.next().value;
  let at = 0;
  while (at < text.length) {
    const next = nextSpecial(text, at);
    if (next > at) styles.addText(text.slice(at, next));
    if (next === text.length) break;
    at = next;
    if (range?.start === at) {
      styles.add({ kind: 'monospace', text: text.slice(at + FENCE.length, range.end - FENCE.length) });
      at = range.end;
      range = ranges.next().value;
      continue;
    }
    at = readSpecial(text, at, range?.start ?? text.length, styles);
  }
  return styles.finish();
}

function nextSpecial(text: string, from: number): number {
  SPECIAL.lastIndex = from;
  return SPECIAL.exec(text)?.index ?? text.length;
}

/** Reads what begins at `at` and ends before `limit`, where monospace begins. Returns where it ends. */
function readSpecial(text: string, at: number, limit: number, styles: StyleStack): number {
  const character = text.charAt(at);
  if (character === '`') return readCode(text, at, limit, styles);
  const style = STYLES.get(character);
  if (style !== undefined) return readMarker(text, at, style, styles);

  const link = isWord(characterBefore(text, at)) ? undefined : findLink(text, at);
  const end = Math.min(link?.end ?? at + 1, limit);
  if (link?.kind === 'link' && link.end <= limit) styles.add({ kind: 'link', text: text.slice(at, end) });
  else styles.addText(text.slice(at, end));
  return end;
}

function readCode(text: string, at: number, limit: number, styles: StyleStack): number {
  const close = text.indexOf('`', at + 1);
  const end = close === -1 ? limit : Math.min(close, limit);
  const inner = text.slice(at + 1, end);
  const isCode = end === close && close < limit && inner !== '' && inner === inner.trim();
  if (isCode) styles.add({ kind: 'code', text: inner });
  else styles.addText('`');
  return isCode ? end + 1 : at + 1;
}

function readMarker(text: string, at: number, style: Style, styles: StyleStack): number {
  const marker = STYLE_MARKERS[style];
  let end = at + 1;
  while (text.charAt(end) === marker) end += 1;
  const before = characterBefore(text, at);
  const after = characterAfter(text, end);
  const canClose = before !== '' && !SPACE.test(before) && !isWord(after);
  const canOpen = after !== '' && !SPACE.test(after) && !isWord(before);
  if (end - at > 1) styles.addText(text.slice(at, end));
  else if (canClose && styles.close(style)) return end;
  else if (canOpen && !styles.isOpen(style)) styles.open(style);
  else styles.addText(marker);
  return end;
}

function isWord(character: string): boolean {
  return WORD.test(character);
}

function characterAfter(text: string, at: number): string {
  const point = text.codePointAt(at);
  return point === undefined ? '' : String.fromCodePoint(point);
}

/** With both halves of a surrogate pair. */
function characterBefore(text: string, at: number): string {
  if (at === 0) return '';
  const pair = at > 1 ? text.codePointAt(at - 2) : undefined;
  return pair !== undefined && pair > 0xffff ? String.fromCodePoint(pair) : text.charAt(at - 1);
}
