import { Injectable } from '@nestjs/common';
import { ENDPOINT_ERRORS, parseSendRequest, validationErrorBody } from '@parley/insider';
import type { InsiderMessage, InsiderSendResponse } from '@parley/insider';
import { randomUUID } from 'node:crypto';
import { Callbacks } from '../callbacks/callbacks.ts';
import { wamid } from '../callbacks/wamid.ts';
import { Clock } from '../clock/clock.ts';
import { Configuration } from '../configuration/configuration.ts';
import { MessageStore } from '../messages/message-store.ts';
import type { ReceivedMessage } from '../messages/received-message.ts';
import { EDGE_BLOCK_PAGE, isBlockedByEdge } from './edge.ts';
import { RateLimit } from './rate-limit.ts';

export interface EndpointRequest {
  readonly method: string;
  readonly userAgent: string | undefined;
  readonly authKey: string | undefined;
  readonly body: string;
}

export interface EndpointAnswer {
  readonly status: number;
  /** JSON, or the edge's page. */
  readonly body: object | string;
}

/**
 * The documented endpoint. Checks come in the order in which the provider's layers see a request: the edge, the
 * route, the key, the rate limit, the content. Nothing is kept of a request that one of them refuses.
 */
@Injectable()
export class SendEndpoint {
  constructor(
    private readonly configuration: Configuration,
    private readonly rateLimit: RateLimit,
    private readonly messages: MessageStore,
    private readonly callbacks: Callbacks,
    private readonly clock: Clock,
  ) {}

  answer(request: EndpointRequest): EndpointAnswer {
    if (isBlockedByEdge(request.userAgent)) return { status: 403, body: EDGE_BLOCK_PAGE };
    if (request.method !== 'POST') return ENDPOINT_ERRORS.methodNotAllowed;
    if (request.authKey !== this.configuration.authKey) return ENDPOINT_ERRORS.unauthorized;
    if (!this.rateLimit.tryTake()) return ENDPOINT_ERRORS.throttled;

    const json = parseJson(request.body);
    if (json === undefined) return ENDPOINT_ERRORS.undecodable;
    const parsed = parseSendRequest(json.value);
    if (parsed.kind === 'invalid') return { status: 400, body: validationErrorBody(parsed.violations) };

    const keys = parsed.messages.map((message) => this.take(message).key);
    return { status: 200, body: { keys } satisfies InsiderSendResponse };
  }

  private take({ phoneNumber, message }: InsiderMessage): ReceivedMessage {
    const received: ReceivedMessage = {
      key: `whatsapp-${randomUUID()}`,
      wamid: wamid(),
      phoneNumber,
      body: message.text.body,
      previewUrl: message.text.preview_url ?? false,
      receivedTime: this.clock.now(),
      requestId: randomUUID(),
      statuses: [],
    };
    this.messages.add(received);
    this.callbacks.afterSend(received);
    return received;
  }
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    // What is wrong with the text is not part of the documented answer.
    return undefined;
  }
}
