import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { CheckIcon, CopyIcon } from '../icons/icons.tsx';
import { usePage } from '../page.ts';

const CONFIRMED_FOR_MS = 1_500;

interface CopyButtonProps {
  readonly text: string;
  /** Names what is copied, such as `request body`. */
  readonly what: string;
  /** Only the icon is shown. */
  readonly isBrief?: boolean;
}

export function CopyButton({ text, what, isBrief = false }: CopyButtonProps): JSX.Element {
  const { problems } = usePage();
  const isDone = useSignal(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      isDone.value = true;
      setTimeout(() => (isDone.value = false), CONFIRMED_FOR_MS);
    } catch {
      // Browsers allow it on https and on localhost alone, and may be asked not to.
      problems.report('The browser does not let this page copy. Select the text and copy it yourself.');
    }
  };
  return (
    <button
      type="button"
      class="copy"
      aria-label={isDone.value ? `Copied ${what}` : `Copy ${what}`}
      onClick={() => void copy()}
    >
      {isDone.value ? <CheckIcon /> : <CopyIcon />}
      {!isBrief && <span>{isDone.value ? 'Copied' : 'Copy'}</span>}
    </button>
  );
}
