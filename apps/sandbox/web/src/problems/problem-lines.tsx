import type { JSX } from 'preact';
import { CrossIcon } from '../icons/icons.tsx';
import { usePage } from '../page.ts';
import './problem-lines.css';

/** What went wrong, until it is dismissed. */
export function ProblemLines(): JSX.Element {
  const { problems } = usePage();
  return (
    <div class="problems" role="alert">
      {problems.shown.value.map(({ id, text }) => (
        <p key={id} class="problem">
          <span dir="auto">{text}</span>
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => problems.dismiss(id)}>
            <CrossIcon />
          </button>
        </p>
      ))}
    </div>
  );
}
