import type { ComponentChildren, JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { NewFaultRule } from '../api/answers.ts';
import { usePage } from '../page.ts';

/** Switches a fault on for some recipients, texts or times only. The sandbox says what it does not take. */
export function LimitedFault({ fault }: { readonly fault: NewFaultRule['fault'] }): JSX.Element {
  const { faults } = usePage();
  const form = useRef<HTMLFormElement>(null);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (form.current === null) return;
    if (await faults.add({ fault, ...limitsIn(new FormData(form.current)) })) form.current.reset();
  };
  return (
    <form ref={form} class="limits" onSubmit={(event) => void submit(event)}>
      <Limit label="Only for recipient">
        <input class="input" name="recipient" type="tel" autoComplete="off" placeholder="+14155550100" />
      </Limit>
      <Limit label="Only for texts with">
        <input class="input" name="text" type="text" autoComplete="off" maxLength={200} />
      </Limit>
      <Limit label="How often, in %">
        <input
          class="input"
          name="probability"
          type="number"
          min={0}
          max={100}
          step="any"
          placeholder="100"
        />
      </Limit>
      <Limit label="How many times">
        <input class="input" name="times" type="number" min={1} placeholder="no end" />
      </Limit>
      {fault === 'fails' && (
        <Limit label="Meta’s code">
          <input class="input" name="code" type="number" min={1} placeholder="131026" />
        </Limit>
      )}
      <button type="submit" class="button">
        Switch on
      </button>
    </form>
  );
}

function Limit({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <label class="limit">
      <span>{label}</span>
      {children}
    </label>
  );
}

/** What was filled in. */
function limitsIn(data: FormData): Omit<NewFaultRule, 'fault'> {
  const text = (name: string): string | undefined => {
    const value = data.get(name);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const number = (name: string): number | undefined => {
    const value = text(name);
    return value === undefined ? undefined : Number(value);
  };
  const [recipient, part, percent] = [text('recipient'), text('text'), number('probability')];
  const [times, code] = [number('times'), number('code')];
  return {
    ...(recipient !== undefined && { recipient }),
    ...(part !== undefined && { text: part }),
    ...(percent !== undefined && { probability: percent / 100 }),
    ...(times !== undefined && { times }),
    ...(code !== undefined && { code }),
  };
}
