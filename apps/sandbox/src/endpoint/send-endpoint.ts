import { Injectable } from '@nestjs/common';
import type { InsiderMessage } from '@parley/insider';
import { randomUUID } from 'node:crypto';
import { Callbacks } from '../callbacks/callbacks.ts';
import type { PlayedFault } from '../faults/fault-rule.ts';
import { wamid } from '../callbacks/wamid.ts';
import { Clock } from '../clock/clock.ts';
import type { EndpointFault } from '../faults/fault-rule.ts';
import { takesMessages } from '../faults/fault-catalogue.ts';
import { Faults } from '../faults/faults.ts';
import { MessageStore } from '../messages/message-store.ts';
import { RequestLog } from '../requests/request-log.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import type { EndpointRequest } from './endpoint-request.ts';
import { FrontDoor } from './front-door.ts';
import { cut, keptRequest } from './kept-request.ts';
import { newKey } from './new-key.ts';
import { playingOf } from './playing.ts';
import type { Playing } from './playing.ts';
import { SendContents } from './send-contents.ts';

/**
 * The documented endpoint. Of a request that is refused nothing is executed; faults are played on those that nothing is
 * wrong with. Every request is kept, with what it was answered.
 */
@Injectable()
export class SendEndpoint {
  constructor(
    private readonly frontDoor: FrontDoor,
    private readonly contents: SendContents,
    private readonly faults: Faults,
    private readonly messages: MessageStore,
    private readonly callbacks: Callbacks,
    private readonly requests: RequestLog,
    private readonly settings: CurrentSettings,
    private readonly clock: Clock,
  ) {}

  handle(request: EndpointRequest): Playing {
    const requestId = randomUUID();
    const time = this.clock.now();
    const { playing, fault, keys } = this.#handle(request, { requestId, time });
    this.requests.add({
      id: requestId,
      time,
      ...keptRequest(request),
      ...('answer' in playing && { status: playing.answer.status, answer: cut(playing.answer.body) }),
      ...(fault !== undefined && { fault }),
      keys,
    });
    return playing;
  }

  #handle(request: EndpointRequest, origin: Origin): Handled {
    const refusal = this.frontDoor.refusal(request);
    if (refusal !== undefined) return { playing: { kind: 'answer', answer: refusal }, keys: [] };
    const content = this.contents.read(request.body);
    if (content.kind === 'refused') return { playing: { kind: 'answer', answer: content.answer }, keys: [] };

    const { endpoint: fault, perMessage } = this.faults.decide(content.messages);
    const taken = fault === undefined || takesMessages(fault) ? content.messages : [];
    const keys = taken.map((message, index) =>
      this.#take(message, {
        ...origin,
        from: content.from,
        callbackUrl: content.callbackUrls[index],
        faults: perMessage[index] ?? [],
      }),
    );
    return { playing: playingOf(fault, keys, this.settings.now), keys, ...(fault && { fault }) };
  }

  #take({ phoneNumber, message }: InsiderMessage, taking: Taking): string {
    const { requestId, time, from, callbackUrl, faults } = taking;
    const received = {
      key: newKey(),
      wamid: wamid(),
      phoneNumber,
      ...(from !== undefined && { from }),
      body: message.text.body,
      previewUrl: message.text.preview_url ?? false,
      receivedTime: time,
      requestId,
      statuses: [],
    };
    this.messages.add(received);
    this.callbacks.afterSend(received, { faults, ...(callbackUrl !== undefined && { callbackUrl }) });
    return received.key;
  }
}

interface Origin {
  readonly requestId: string;
  readonly time: Date;
}

interface Taking extends Origin {
  readonly from: string | undefined;
  readonly callbackUrl: string | undefined;
  readonly faults: readonly PlayedFault[];
}

interface Handled {
  readonly playing: Playing;
  readonly fault?: EndpointFault;
  readonly keys: readonly string[];
}
