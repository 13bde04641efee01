import type { ComponentChildren, JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { isEmojiAlone } from './emoji-alone.ts';
import './formatted-text.css';
import type { Block, Inline } from './formatted.ts';
import { parseFormatting } from './parse-formatting.ts';

/**
 * A message's text as it looks on the phone. All of it ends in text nodes, so that no markup in it can ever run, and it is
 * isolated, so that its direction changes nothing around it.
 */
export function FormattedText({ text }: { readonly text: string }): JSX.Element {
  // The same element for the same text: it is then left alone when what is around is drawn again.
  return useMemo(
    () => (
      <div class={isEmojiAlone(text) ? 'formatted emoji-alone' : 'formatted'} dir="auto">
        {parseFormatting(text).map(block)}
      </div>
    ),
    [text],
  );
}

function block({ kind, lines }: Block): JSX.Element {
  switch (kind) {
    case 'bullets':
      return (
        <ul>
          {lines.map(({ content }) => (
            <li>{content.map(inline)}</li>
          ))}
        </ul>
      );
    case 'numbers':
      return (
        <ol>
          {lines.map(({ marker, content }) => (
            <li value={Number.parseInt(marker, 10)}>{content.map(inline)}</li>
          ))}
        </ol>
      );
    case 'quote':
      return <blockquote>{joined(lines.map(({ content }) => content))}</blockquote>;
    case 'paragraph':
      return <p>{joined(lines.map(({ content }) => content))}</p>;
  }
}

function joined(lines: readonly (readonly Inline[])[]): ComponentChildren {
  return lines.flatMap((line, index) => (index === 0 ? line.map(inline) : ['\n', ...line.map(inline)]));
}

function inline(each: Inline): ComponentChildren {
  switch (each.kind) {
    case 'text':
      return each.text;
    case 'bold':
      return <strong>{each.children.map(inline)}</strong>;
    case 'italic':
      return <em>{each.children.map(inline)}</em>;
    case 'strike':
      return <s>{each.children.map(inline)}</s>;
    case 'code':
      return <code>{each.text}</code>;
    case 'monospace':
      return <code class="monospace">{each.text}</code>;
    case 'link':
      return (
        <a href={each.text} target="_blank" rel="noopener noreferrer nofollow">
          {each.text}
        </a>
      );
  }
}
