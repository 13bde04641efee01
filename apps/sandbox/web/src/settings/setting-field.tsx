import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import type { SettingDescription, SettingValue } from '../api/answers.ts';
import { usePage } from '../page.ts';

interface SettingFieldProps {
  readonly description: SettingDescription;
  readonly value: SettingValue | undefined;
}

/** One setting, changed as soon as it is left. */
export function SettingField({ description, value = description.default }: SettingFieldProps): JSX.Element {
  const { settings } = usePage();
  const problem = useSignal('');
  const { name, variable, description: text } = description;
  const change = async (wanted: SettingValue): Promise<void> => {
    problem.value = (await settings.change(name, wanted)) ?? '';
  };
  return (
    <li class="setting">
      <label class="setting-name" for={`setting-${name}`}>
        {name}
      </label>
      <Control description={description} value={value} onChange={(wanted) => void change(wanted)} />
      <p class="quiet setting-text" id={`setting-text-${name}`}>
        {text} <code>{variable}</code>, {String(description.default)} by default.
      </p>
      <p class="field-problem" role="status">
        {problem.value}
      </p>
    </li>
  );
}

interface ControlProps {
  readonly description: SettingDescription;
  readonly value: SettingValue;
  readonly onChange: (value: SettingValue) => void;
}

function Control({ description, value, onChange }: ControlProps): JSX.Element {
  const { name, kind, choices = [], minimum, maximum } = description;
  const common = { id: `setting-${name}`, 'aria-describedby': `setting-text-${name}` };
  switch (kind) {
    case 'boolean':
      return (
        <input
          {...common}
          type="checkbox"
          class="setting-check"
          checked={value === true}
          onChange={({ currentTarget }) => onChange(currentTarget.checked)}
        />
      );
    case 'choice':
      return (
        <select
          {...common}
          class="input"
          value={String(value)}
          onChange={({ currentTarget }) => onChange(choices[currentTarget.selectedIndex] ?? value)}
        >
          {choices.map((choice) => (
            <option key={choice} value={String(choice)}>
              {choice}
            </option>
          ))}
        </select>
      );
    case 'number':
      return (
        <input
          {...common}
          class="input"
          type="number"
          step="any"
          min={minimum}
          max={maximum}
          value={Number(value)}
          onChange={({ currentTarget }) => onChange(currentTarget.valueAsNumber)}
        />
      );
    case 'text':
      return (
        <input
          {...common}
          class="input"
          type="text"
          value={String(value)}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      );
  }
}
