import type { Clock, OutboundMessage, Provider, ProviderAnswer } from '@parley/sender';

export interface ProviderRequest {
  readonly atMs: number;
  readonly messages: readonly OutboundMessage[];
}

/** Answers each request as the script says, and remembers what came when. */
export class ScriptedProvider implements Provider {
  readonly requests: ProviderRequest[] = [];
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #script: (request: ProviderRequest, index: number) => ProviderAnswer;

  constructor(options: {
    clock: Clock;
    latencyMs?: number;
    script?: (request: ProviderRequest, index: number) => ProviderAnswer;
  }) {
    this.#clock = options.clock;
    this.#latencyMs = options.latencyMs ?? 0;
    this.#script = options.script ?? acceptAll;
  }

  /** Ids in the order in which the provider saw them. */
  get messageIds(): string[] {
    return this.requests.flatMap(({ messages }) => messages.map(({ messageId }) => messageId));
  }

  async send(
    messages: readonly OutboundMessage[],
    { mayLeave }: { readonly mayLeave: () => boolean },
  ): Promise<ProviderAnswer> {
    if (!mayLeave()) return { kind: 'cancelled' };
    const request = { atMs: this.#clock.monotonicMs(), messages };
    this.requests.push(request);
    const answer = this.#script(request, this.requests.length - 1);
    if (this.#latencyMs > 0) await this.#clock.sleep(this.#latencyMs);
    return answer;
  }
}

/** The provider's good answer: a key per message, derived from its id. */
export function acceptAll({ messages }: ProviderRequest): ProviderAnswer {
  return { kind: 'accepted', keys: messages.map(({ messageId }) => `whatsapp-${messageId}`) };
}
