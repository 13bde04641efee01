import type { JSX } from 'preact';
import { usePage } from '../page.ts';
import { NotThere } from '../tabs/not-there.tsx';
import { ResetButton } from './reset-button.tsx';
import { SettingField } from './setting-field.tsx';
import './settings-tab.css';
import { WebhookForm } from './webhook-form.tsx';

/** How the sandbox behaves, where its callbacks go, and what can be had from it. */
export function SettingsTab(): JSX.Element {
  return (
    <>
      <h3>Webhook</h3>
      <WebhookSection />
      <h3>Behaviour</h3>
      <p class="quiet">
        Changes hold until the next reset or start. The variable below each sets it at the start.
      </p>
      <Behaviour />
      <h3>Everything kept</h3>
      <p class="settings-links">
        <a href="/sandbox/export" download="sandbox-export.ndjson">
          Export as NDJSON
        </a>
        <a href="/sandbox/docs">API documentation</a>
        <a href="/sandbox/openapi.json">OpenAPI document</a>
      </p>
      <ResetButton />
    </>
  );
}

function WebhookSection(): JSX.Element {
  const webhook = usePage().settings.webhook.value;
  if (webhook === undefined) return <p class="quiet">Loading…</p>;
  if (webhook.kind === 'missing') return <NotThere what="webhook settings" />;
  return <WebhookForm key={JSON.stringify(webhook.value)} webhook={webhook.value} />;
}

function Behaviour(): JSX.Element {
  const { settings } = usePage();
  const [now, descriptions] = [settings.now.value, settings.descriptions.value];
  if (now === undefined || descriptions === undefined) return <p class="quiet">Loading…</p>;
  if (now.kind === 'missing' || descriptions.kind === 'missing') return <NotThere what="settings" />;
  return (
    <ul class="settings">
      {descriptions.value.map((description) => (
        <SettingField key={description.name} description={description} value={now.value[description.name]} />
      ))}
    </ul>
  );
}
