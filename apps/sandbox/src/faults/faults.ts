import { Injectable } from '@nestjs/common';
import type { InsiderMessage } from '@parley/insider';
import { randomUUID } from 'node:crypto';
import { Changes } from '../live/changes.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import { Chances } from './chances.ts';
import { takesMessages } from './fault-catalogue.ts';
import { ENDPOINT_FAULTS } from './fault-rule.ts';
import type { EndpointFault, FaultName, FaultRule, MessageFault, PlayedFault } from './fault-rule.ts';
import { HeldAnswers } from './held-answers.ts';
import { magicOf } from './magic.ts';
import type { Magic } from './magic.ts';

/** What goes wrong with one request. */
export interface Decision {
  readonly endpoint?: EndpointFault;
  /** In the order of the messages, each fault of one once; empty when the endpoint's fault takes none of them. */
  readonly perMessage: readonly (readonly PlayedFault[])[];
}

/**
 * The faults that are switched on, up to {@link MAX_RULES}, and what they do to a request: magic in its messages comes
 * first, then the rules in the order they were switched on. Of the endpoint's faults the first is played, of a
 * message's all are.
 *
 * A rule with a probability draws once for each request, or message, that it is about. So the same requests in the same
 * order meet the same faults, from the start, from each {@link reset} and from each change of the seed.
 */
@Injectable()
export class Faults {
  readonly #rules = new Map<string, FaultRule>();
  #chances: Chances;

  constructor(
    private readonly settings: CurrentSettings,
    private readonly changes: Changes,
    private readonly held: HeldAnswers,
  ) {
    this.#chances = new Chances(settings.now.chaosSeed);
  }

  /** In the order they were switched on. */
  get rules(): readonly FaultRule[] {
    return [...this.#rules.values()];
  }

  /** @returns undefined when {@link MAX_RULES} are switched on already */
  switchOn(fault: Omit<FaultRule, 'id'>): FaultRule | undefined {
    if (this.#rules.size >= MAX_RULES) return undefined;
    const rule = { id: randomUUID(), ...fault };
    this.#rules.set(rule.id, rule);
    this.changes.note('faults');
    return rule;
  }

  /** @returns false when it is not switched on, or no more */
  switchOff(id: string): boolean {
    const found = this.#rules.delete(id);
    if (found) this.changes.note('faults');
    return found;
  }

  switchAllOff(): void {
    this.#rules.clear();
    this.changes.note('faults');
  }

  /** Switches all off, lets go of what is held open, and starts the sequence of chances anew. */
  reset(): void {
    this.switchAllOff();
    this.held.letGo();
    this.#chances = new Chances(this.settings.now.chaosSeed);
  }

  decide(messages: readonly InsiderMessage[]): Decision {
    const magic = messages.map(({ phoneNumber, message }) => magicOf(phoneNumber, message.text.body));
    const endpoint = magic.flat().find(isOfEndpoint)?.fault ?? this.#ruleOfEndpoint(messages);
    if (endpoint !== undefined && !takesMessages(endpoint)) return { endpoint, perMessage: [] };

    const perMessage = messages.map((message, index) => this.#ofMessage(message, magic[index] ?? []));
    return { ...(endpoint !== undefined && { endpoint }), perMessage };
  }

  #ruleOfEndpoint(messages: readonly InsiderMessage[]): EndpointFault | undefined {
    for (const rule of this.#rules.values()) {
      if (!isOfEndpoint(rule) || !messages.some((message) => isAbout(rule, message))) continue;
      if (this.#hits(rule)) return rule.fault;
    }
    return undefined;
  }

  #ofMessage(message: InsiderMessage, magic: readonly Magic[]): readonly PlayedFault[] {
    const played = new Map<MessageFault, PlayedFault>();
    for (const { fault, code } of magic.filter(isOfMessage)) play({ fault, code });
    for (const rule of this.#rules.values()) {
      if (!isOfMessage(rule) || played.has(rule.fault) || !isAbout(rule, message)) continue;
      if (this.#hits(rule)) play(rule);
    }
    return [...played.values()];

    function play({
      fault,
      code,
    }: {
      readonly fault: MessageFault;
      readonly code?: number | undefined;
    }): void {
      if (!played.has(fault)) played.set(fault, { fault, ...(code !== undefined && { code }) });
    }
  }

  /** Draws, and counts down: after its last time a rule is switched off. */
  #hits(rule: FaultRule): boolean {
    const { id, probability = 1, timesLeft } = rule;
    if (probability < 1 && !this.#draw(probability)) return false;
    if (timesLeft === undefined) return true;
    if (timesLeft <= 1) this.#rules.delete(id);
    else this.#rules.set(id, { ...rule, timesLeft: timesLeft - 1 });
    this.changes.note('faults');
    return true;
  }

  #draw(probability: number): boolean {
    const { chaosSeed } = this.settings.now;
    if (this.#chances.seed !== chaosSeed) this.#chances = new Chances(chaosSeed);
    return this.#chances.happens(probability);
  }
}

export const MAX_RULES = 200;

const OF_ENDPOINT: ReadonlySet<string> = new Set(ENDPOINT_FAULTS);

function isOfEndpoint<T extends { readonly fault: FaultName }>(one: T): one is T & { fault: EndpointFault } {
  return OF_ENDPOINT.has(one.fault);
}

function isOfMessage<T extends { readonly fault: FaultName }>(one: T): one is T & { fault: MessageFault } {
  return !OF_ENDPOINT.has(one.fault);
}

function isAbout({ recipient, text }: FaultRule, { phoneNumber, message }: InsiderMessage): boolean {
  if (recipient !== undefined && recipient !== phoneNumber) return false;
  return text === undefined || message.text.body.includes(text);
}
