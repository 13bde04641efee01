import type { JSX } from 'preact';
import type { FaultDescription, FaultRule } from '../api/answers.ts';
import { CopyButton } from '../copying/copy-button.tsx';
import { usePage } from '../page.ts';
import { LimitedFault } from './limited-fault.tsx';
import { isForAll } from './rules.ts';

interface FaultSwitchProps {
  readonly description: FaultDescription;
  readonly rules: readonly FaultRule[];
}

/** One fault: a switch for all recipients, and behind it limits and magic values. */
export function FaultSwitch({ description, rules }: FaultSwitchProps): JSX.Element {
  const { faults } = usePage();
  const { fault, title, description: text, magicRecipient, magicText } = description;
  const forAll = rules.filter((rule) => rule.fault === fault && isForAll(rule));
  const isOn = forAll.length > 0;
  const toggle = (): void => {
    if (isOn) void faults.remove(forAll.map(({ id }) => id));
    else void faults.add({ fault });
  };
  return (
    <li class="fault">
      <div class="fault-head">
        <span>
          <strong id={`fault-${fault}`}>{title}</strong>
          <span class="quiet fault-text" id={`fault-text-${fault}`}>
            {text}
          </span>
        </span>
        <button
          type="button"
          class="switch"
          role="switch"
          aria-checked={isOn}
          aria-labelledby={`fault-${fault}`}
          aria-describedby={`fault-text-${fault}`}
          onClick={toggle}
        >
          <span class="switch-knob" />
        </button>
      </div>
      <details>
        <summary>
          Limits and magic values<span class="visually-hidden"> of {title}</span>
        </summary>
        <LimitedFault fault={fault} />
        {magicRecipient !== undefined && <MagicValue name="Magic recipient" value={magicRecipient} />}
        <MagicValue name="Magic text" value={magicText} />
      </details>
    </li>
  );
}

function MagicValue({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <p class="id">
      <span class="quiet">{name}</span> <code>{value}</code>{' '}
      <CopyButton text={value} what={`${name} ${value}`} isBrief />
    </p>
  );
}
