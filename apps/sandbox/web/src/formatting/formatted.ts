/** A text as WhatsApp shows it: blocks of whole lines, in order. {@link sourceOf} gives the text back. */
export type Formatted = readonly Block[];

export type Block =
  | { readonly kind: 'paragraph' | 'quote'; readonly lines: readonly Line[] }
  | { readonly kind: 'bullets' | 'numbers'; readonly lines: readonly Line[] };

export interface Line {
  /** What made it a line of its block, such as `- `, `3. ` or `> `; empty in a paragraph. */
  readonly marker: string;
  readonly content: readonly Inline[];
}

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  /** `code` is between one backtick each, `monospace` between three and may hold line breaks. */
  | { readonly kind: 'code' | 'monospace'; readonly text: string }
  /** Always http or https. */
  | { readonly kind: 'link'; readonly text: string }
  | { readonly kind: Style; readonly children: readonly Inline[] };

/** Each at most once around a piece of text, so that nesting is three deep at most. */
export type Style = 'bold' | 'italic' | 'strike';

export const STYLE_MARKERS = { bold: '*', italic: '_', strike: '~' } as const satisfies Record<Style, string>;
const CODE_MARKERS = { code: '`', monospace: '```' } as const;

/** The text that was parsed, with all its markers. */
export function sourceOf(formatted: Formatted): string {
  return linesOf(formatted)
    .map(({ marker, content }) => marker + content.map((each) => inlineText(each, true)).join(''))
    .join('\n');
}

/** The text without its markers: what is read out, and what a copy of it holds. */
export function plainTextOf(formatted: Formatted): string {
  return linesOf(formatted)
    .map(({ content }) => content.map((each) => inlineText(each, false)).join(''))
    .join('\n');
}

/** The link that WhatsApp makes a preview of: the first one. */
export function firstLink(formatted: Formatted): string | undefined {
  return firstLinkIn(linesOf(formatted).flatMap(({ content }) => content));
}

function firstLinkIn(inlines: readonly Inline[]): string | undefined {
  for (const inline of inlines) {
    if (inline.kind === 'link') return inline.text;
    const inner = 'children' in inline ? firstLinkIn(inline.children) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function linesOf(formatted: Formatted): readonly Line[] {
  return formatted.flatMap(({ lines }) => lines);
}

function inlineText(inline: Inline, withMarkers: boolean): string {
  switch (inline.kind) {
    case 'text':
    case 'link':
      return inline.text;
    case 'code':
    case 'monospace': {
      const marker = withMarkers ? CODE_MARKERS[inline.kind] : '';
      return marker + inline.text + marker;
    }
    case 'bold':
    case 'italic':
    case 'strike': {
      const marker = withMarkers ? STYLE_MARKERS[inline.kind] : '';
      return marker + inline.children.map((each) => inlineText(each, withMarkers)).join('') + marker;
    }
  }
}
