import type {
  Callbacks,
  ConversationPage,
  Conversations,
  FaultRule,
  Faults,
  MessageDetail,
  NewFaultRule,
  NewWebhook,
  Preview,
  SandboxRequests,
  SettingDescription,
  Settings,
  Webhook,
} from './answers.ts';

/** How a request ended. `missing`: there is no such thing, or this sandbox has no such route. */
export type Outcome<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'missing' | 'failed'; readonly message: string }
  | { readonly kind: 'cancelled' };

const TIMEOUT_MS = 15_000;
const UNREACHABLE = 'The sandbox does not answer. See that it still runs, then try again.';
const TOO_SLOW = `The sandbox did not answer within ${TIMEOUT_MS / 1_000} seconds. Try again in a moment.`;

/** The sandbox's control API. Every call ends within 15 seconds, and none throws. */
export class SandboxClient {
  readonly #fetch: typeof fetch;

  constructor(fetchFrom: typeof fetch = (input, init) => fetch(input, init)) {
    this.#fetch = fetchFrom;
  }

  conversations(search: string, limit: number, signal?: AbortSignal): Promise<Outcome<Conversations>> {
    const query = new URLSearchParams({ limit: String(limit), ...(search !== '' && { search }) });
    return this.#get(`conversations?${query.toString()}`, signal);
  }

  conversation(
    phoneNumber: string,
    { limit, before }: { readonly limit: number; readonly before?: string },
    signal?: AbortSignal,
  ): Promise<Outcome<ConversationPage>> {
    const query = new URLSearchParams({ limit: String(limit), ...(before !== undefined && { before }) });
    return this.#get(`conversations/${encodeURIComponent(phoneNumber)}?${query.toString()}`, signal);
  }

  message(key: string, signal?: AbortSignal): Promise<Outcome<MessageDetail>> {
    return this.#get(`messages/${encodeURIComponent(key)}`, signal);
  }

  callbacks(limit: number, signal?: AbortSignal): Promise<Outcome<Callbacks>> {
    return this.#get(`callbacks?limit=${limit}`, signal);
  }

  requests(refusedOnly: boolean, limit: number, signal?: AbortSignal): Promise<Outcome<SandboxRequests>> {
    return this.#get(`requests?limit=${limit}${refusedOnly ? '&refused=true' : ''}`, signal);
  }

  write(phoneNumber: string, text: string): Promise<Outcome<{ readonly wamid: string }>> {
    return this.#call('POST', 'inbound', { phoneNumber, text });
  }

  faults(signal?: AbortSignal): Promise<Outcome<Faults>> {
    return this.#get('faults', signal);
  }

  addFault(rule: NewFaultRule): Promise<Outcome<FaultRule>> {
    return this.#call('POST', 'faults', rule);
  }

  removeFault(id: string): Promise<Outcome<undefined>> {
    return this.#call('DELETE', `faults/${encodeURIComponent(id)}`, {});
  }

  removeAllFaults(): Promise<Outcome<undefined>> {
    return this.#call('DELETE', 'faults', {});
  }

  settings(signal?: AbortSignal): Promise<Outcome<Settings>> {
    return this.#get('settings', signal);
  }

  settingDescriptions(signal?: AbortSignal): Promise<Outcome<readonly SettingDescription[]>> {
    return this.#get('settings/descriptions', signal);
  }

  changeSettings(settings: Settings): Promise<Outcome<Settings>> {
    return this.#call('PATCH', 'settings', settings);
  }

  webhook(signal?: AbortSignal): Promise<Outcome<Webhook>> {
    return this.#get('webhook', signal);
  }

  changeWebhook(webhook: NewWebhook): Promise<Outcome<Webhook>> {
    return this.#call('PUT', 'webhook', webhook);
  }

  preview(url: string, signal?: AbortSignal): Promise<Outcome<Preview>> {
    return this.#get(`previews?${new URLSearchParams({ url }).toString()}`, signal);
  }

  reset(): Promise<Outcome<undefined>> {
    return this.#call('POST', 'reset', {});
  }

  #get<T>(path: string, signal?: AbortSignal): Promise<Outcome<T>> {
    return this.#outcome(path, { method: 'GET' }, signal);
  }

  #call<T>(method: string, path: string, body: object): Promise<Outcome<T>> {
    const headers = { 'content-type': 'application/json' };
    return this.#outcome(path, { method, headers, body: JSON.stringify(body) });
  }

  async #outcome<T>(path: string, init: RequestInit, signal?: AbortSignal): Promise<Outcome<T>> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await this.#fetch(`/sandbox/${path}`, {
        ...init,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      const text = await response.text();
      if (response.ok) return { kind: 'ok', value: (text === '' ? undefined : JSON.parse(text)) as T };
      const kind = response.status === 404 ? 'missing' : 'failed';
      return { kind, message: messageIn(text) ?? `The sandbox answered ${response.status}. Try again.` };
    } catch {
      if (signal?.aborted) return { kind: 'cancelled' };
      return { kind: 'failed', message: timeout.aborted ? TOO_SLOW : UNREACHABLE };
    }
  }
}

/** The sandbox's own words, or undefined when the answer is none of its. */
function messageIn(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || !('message' in body)) return undefined;
    const { message } = body;
    return Array.isArray(message) ? message.join('; ') : String(message);
  } catch {
    return undefined;
  }
}
