import type { JSX } from 'preact';
import type { FaultRule } from '../api/answers.ts';
import { CrossIcon } from '../icons/icons.tsx';
import { usePage } from '../page.ts';
import { describeRule } from './rules.ts';

/** What is on now, each with a button that takes it back. */
export function ActiveRules({ rules }: { readonly rules: readonly FaultRule[] }): JSX.Element {
  const { faults } = usePage();
  if (rules.length === 0)
    return <p class="quiet">No fault is on. Magic recipients and texts below always work.</p>;
  return (
    <section class="active-rules">
      <div class="requests-head">
        <h3>On now</h3>
        <button type="button" class="button danger" onClick={() => void faults.removeAll()}>
          All off
        </button>
      </div>
      <ul class="faults" aria-label="Faults that are on">
        {rules.map((rule) => (
          <li key={rule.id} class="active-rule">
            <span dir="auto">{describeRule(rule)}</span>
            <button
              type="button"
              class="icon-button"
              aria-label={`Remove ${describeRule(rule)}`}
              onClick={() => void faults.remove([rule.id])}
            >
              <CrossIcon />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
