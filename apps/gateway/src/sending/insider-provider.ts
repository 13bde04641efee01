import type { InsiderClient } from '@parley/insider';
import type { OutboundMessage, Provider, ProviderAnswer } from '@parley/sender';

/** The provider that the sender asks for, on the provider's wire. */
export class InsiderProvider implements Provider {
  readonly #client: Pick<InsiderClient, 'send'>;

  constructor(client: Pick<InsiderClient, 'send'>) {
    this.#client = client;
  }

  send(messages: readonly OutboundMessage[], options: { signal: AbortSignal }): Promise<ProviderAnswer> {
    const wire = messages.map(({ phoneNumber, text }) => ({
      phoneNumber,
      message: { type: 'text', text: { body: text.body, preview_url: text.previewUrl } } as const,
    }));
    return this.#client.send(wire, options);
  }
}
