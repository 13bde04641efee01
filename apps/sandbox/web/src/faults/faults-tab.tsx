import type { JSX } from 'preact';
import type { FaultDescription } from '../api/answers.ts';
import { usePage } from '../page.ts';
import { NotThere } from '../tabs/not-there.tsx';
import { ActiveRules } from './active-rules.tsx';
import { FaultSwitch } from './fault-switch.tsx';
import './faults-tab.css';

const KINDS = [
  { kind: 'endpoint', title: 'What happens to requests' },
  { kind: 'message', title: 'What happens to messages and their callbacks' },
] as const satisfies readonly { readonly kind: FaultDescription['kind']; readonly title: string }[];

/** Switches for everything that can go wrong. */
export function FaultsTab(): JSX.Element {
  const { faults } = usePage();
  if (faults.isMissing.value) return <NotThere what="faults" />;
  const now = faults.now.value;
  if (now === undefined) return <p class="quiet">Loading…</p>;
  return (
    <>
      <ActiveRules rules={now.rules} />
      {KINDS.map(({ kind, title }) => (
        <section key={kind}>
          <h3>{title}</h3>
          <ul class="faults">
            {now.catalogue
              .filter((fault) => fault.kind === kind)
              .map((fault) => (
                <FaultSwitch key={fault.fault} description={fault} rules={now.rules} />
              ))}
          </ul>
        </section>
      ))}
    </>
  );
}
