import type { JSX } from 'preact';
import { CopyButton } from '../copying/copy-button.tsx';
import { prettyJson } from './json-text.ts';

/** A body as it went over the wire, readable, with a button that copies it. */
export function RawText({ title, text }: { readonly title: string; readonly text: string }): JSX.Element {
  return (
    <div class="raw">
      <div class="raw-head">
        <h4>{title}</h4>
        <CopyButton text={text} what={title.toLowerCase()} />
      </div>
      <pre class="code" dir="ltr" tabIndex={0} aria-label={title}>
        {text === '' ? '(empty)' : prettyJson(text)}
      </pre>
    </div>
  );
}
