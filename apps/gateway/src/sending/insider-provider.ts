import type { InsiderClient } from '@parley/insider';
import type { OutboundMessage, Provider, ProviderAnswer } from '@parley/sender';

/** The provider that the sender asks for, on the provider's wire. */
export class InsiderProvider implements Provider {
  readonly #client: Pick<InsiderClient, 'send' | 'warm'>;

  constructor(client: Pick<InsiderClient, 'send' | 'warm'>) {
    this.#client = client;
  }

  send(
    messages: readonly OutboundMessage[],
    options: { readonly signal: AbortSignal; readonly mayLeave: () => boolean },
  ): Promise<ProviderAnswer> {
    const wire = messages.map(({ phoneNumber, text }) => ({
      phoneNumber,
      message: { type: 'text', text: { body: text.body, preview_url: text.previewUrl } } as const,
    }));
    return this.#client.send(wire, options);
  }

  warm(): Promise<void> {
    return this.#client.warm();
  }
}
