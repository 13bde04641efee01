const SCHEME = /https?:\/\//iy;
/** White space ends a link, and so do characters that stand around one. */
const LINK = /[^\s<>"`]+/y;
/** What more often belongs to the sentence, or to a style, than to the link before it. */
const TRAILING = new Set(`.,;:!?'*_~…`);
const BRACKETS: ReadonlyMap<string, string> = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);

export type FoundLink =
  | { readonly kind: 'link'; readonly end: number }
  /** It begins like a link and is none: text up to there. */
  | { readonly kind: 'text'; readonly end: number };

/** The link that begins at `start`, if one does: http or https, with a host. */
export function findLink(text: string, start: number): FoundLink | undefined {
  SCHEME.lastIndex = start;
  if (!SCHEME.test(text)) return undefined;
  LINK.lastIndex = start;
  const whole = LINK.exec(text)?.[0] ?? '';
  const link = withoutTrailing(whole);
  // The whole run, so that a text made of broken links is not read again and again.
  if (!isLink(link)) return { kind: 'text', end: start + whole.length };
  return { kind: 'link', end: start + link.length };
}

function isLink(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== '';
}

function withoutTrailing(text: string): string {
  const open = new Map<string, number>();
  for (const character of text) open.set(character, (open.get(character) ?? 0) + 1);
  const count = (character: string): number => open.get(character) ?? 0;
  let end = text.length;
  for (; end > 0; end -= 1) {
    const last = text.charAt(end - 1);
    const opening = BRACKETS.get(last);
    const isUnbalanced = opening !== undefined && count(last) > count(opening);
    if (!isUnbalanced && !TRAILING.has(last)) break;
    open.set(last, count(last) - 1);
  }
  return text.slice(0, end);
}
