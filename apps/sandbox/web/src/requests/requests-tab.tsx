import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { SandboxRequest } from '../api/answers.ts';
import { exactTime } from '../clock/times.ts';
import { RequestView } from '../details/request-view.tsx';
import { usePage } from '../page.ts';
import { NotThere } from '../tabs/not-there.tsx';
import './requests-tab.css';

/** The latest requests to the endpoint, refused ones too. */
export function RequestsTab(): JSX.Element {
  const { requests } = usePage();
  useEffect(() => requests.watch(), []);
  if (requests.isMissing.value) return <NotThere what="list of requests" />;
  const list = requests.list.value;
  return (
    <>
      <div class="requests-head">
        <label class="check">
          <input
            type="checkbox"
            checked={requests.refusedOnly.value}
            onChange={({ currentTarget }) => requests.showRefusedOnly(currentTarget.checked)}
          />
          Refused only
        </label>
        <span class="quiet">
          {list.length} shown, {requests.total.value} received
        </span>
      </div>
      {list.length === 0 && requests.isLoaded.value && (
        <p class="quiet">
          {requests.refusedOnly.value ? 'No request was refused.' : 'No request has come in yet.'}
        </p>
      )}
      <ul class="requests" aria-label="Requests">
        {list.map((request) => (
          <RequestItem key={request.id} request={request} />
        ))}
      </ul>
    </>
  );
}

/** Its bodies are drawn only once it is opened. */
function RequestItem({ request }: { readonly request: SandboxRequest }): JSX.Element {
  const isOpen = useSignal(false);
  const { time, status, fault, keys, bodyBytes } = request;
  const isTaken = status !== undefined && status >= 200 && status < 300;
  return (
    <li>
      <details onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
        <summary>
          <span class={`request-status ${isTaken ? 'good' : 'bad'}`}>{status ?? 'no answer'}</span>
          <span class="request-time">{exactTime(time)}</span>
          <span class="quiet">
            {keys.length > 0 ? `${keys.length} taken` : `${bodyBytes} bytes`}
            {fault !== undefined && ` · ${fault}`}
          </span>
        </summary>
        {isOpen.value && <RequestView request={request} />}
      </details>
    </li>
  );
}
