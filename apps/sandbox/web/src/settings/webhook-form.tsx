import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { NewWebhook, Webhook } from '../api/answers.ts';
import { usePage } from '../page.ts';

type AuthType = 'bearer' | 'oauth2';

/** Where callbacks go, and what they are authorized with. Secrets are written and never shown. */
export function WebhookForm({ webhook }: { readonly webhook: Webhook }): JSX.Element {
  const { settings } = usePage();
  const { auth } = webhook;
  const form = useRef<HTMLFormElement>(null);
  const type = useSignal<AuthType>(auth?.type === 'oauth2' ? 'oauth2' : 'bearer');
  const problem = useSignal('');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (form.current === null) return;
    const wanted = webhookIn(new FormData(form.current), type.peek());
    problem.value = (await settings.changeWebhook(wanted)) ?? '';
  };
  const scopes = auth?.scopes?.join(' ');
  return (
    <form ref={form} class="webhook" onSubmit={(event) => void submit(event)}>
      <Field name="url" label="Address" type="url" value={webhook.url} required />
      <label class="limit">
        <span>Authorization</span>
        <select
          class="input"
          value={type.value}
          onChange={({ currentTarget }) =>
            (type.value = currentTarget.value === 'oauth2' ? 'oauth2' : 'bearer')
          }
        >
          <option value="bearer">Bearer token</option>
          <option value="oauth2">OAuth 2.0 client credentials</option>
        </select>
      </label>
      {type.value === 'bearer' ? (
        <>
          <Secret name="token" label="Token" isConfigured={auth?.tokenConfigured} />
          <Field name="header" label="Header, if not authorization" value={auth?.header} />
        </>
      ) : (
        <>
          <Field name="tokenUrl" label="Token address" type="url" value={auth?.tokenUrl} required />
          <Field name="clientId" label="Client id" value={auth?.clientId} required />
          <Secret name="clientSecret" label="Client secret" isConfigured={auth?.clientSecretConfigured} />
          <Field name="scopes" label="Scopes" value={scopes} />
        </>
      )}
      <p class="field-problem" role="status">
        {problem.value}
      </p>
      <button type="submit" class="button">
        Save webhook
      </button>
    </form>
  );
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'url';
  readonly value: string | undefined;
  readonly required?: boolean;
}

function Field({ name, label, type = 'text', value = '', required = false }: FieldProps): JSX.Element {
  const attributes = { class: 'input', name, defaultValue: value, required, autoComplete: 'off' } as const;
  return (
    <label class="limit">
      <span>{label}</span>
      {type === 'url' ? <input {...attributes} type="url" /> : <input {...attributes} type="text" />}
    </label>
  );
}

interface SecretProps {
  readonly name: string;
  readonly label: string;
  readonly isConfigured: boolean | undefined;
}

function Secret({ name, label, isConfigured = false }: SecretProps): JSX.Element {
  return (
    <label class="limit">
      <span>{label}</span>
      <input
        class="input"
        name={name}
        type="password"
        required
        autoComplete="off"
        placeholder={isConfigured ? 'configured; write it again to change anything' : 'none yet'}
      />
    </label>
  );
}

function webhookIn(data: FormData, type: AuthType): NewWebhook {
  const text = (name: string): string => {
    const value = data.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const url = text('url');
  if (type === 'bearer') {
    const header = text('header');
    return { url, auth: { type, token: text('token'), ...(header !== '' && { header }) } };
  }
  const scopes = text('scopes');
  return {
    url,
    auth: {
      type,
      tokenUrl: text('tokenUrl'),
      clientId: text('clientId'),
      clientSecret: text('clientSecret'),
      ...(scopes !== '' && { scopes: scopes.split(/\s+/) }),
    },
  };
}
