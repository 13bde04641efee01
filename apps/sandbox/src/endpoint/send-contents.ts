import { Injectable } from '@nestjs/common';
import { ENDPOINT_ERRORS, parseSendRequest, validationErrorBody } from '@parley/insider';
import type { InsiderMessage, Violation } from '@parley/insider';
import { isUtf8 } from 'node:buffer';
import { metaFailure } from '../callbacks/meta-failure.ts';
import { readRequestCallback } from '../callbacks/request-callback.ts';
import { CustomerServiceWindows } from '../messages/customer-service-windows.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import { jsonAnswer } from './endpoint-answer.ts';
import type { EndpointAnswer } from './endpoint-answer.ts';

export type SendContent =
  | {
      readonly kind: 'ok';
      readonly messages: readonly InsiderMessage[];
      /** By message: where the request wants to be told of it, as far as it says so. */
      readonly callbackUrls: readonly (string | undefined)[];
      readonly from?: string;
    }
  | { readonly kind: 'refused'; readonly answer: EndpointAnswer };

/** What is checked of a request's body. One wrong message refuses the whole request. */
@Injectable()
export class SendContents {
  constructor(
    private readonly settings: CurrentSettings,
    private readonly windows: CustomerServiceWindows,
  ) {}

  read(body: Buffer | undefined): SendContent {
    const json = parseJson(body);
    if (json === undefined) return { kind: 'refused', answer: UNDECODABLE };

    const { bodyCountedIn, blankBody, maxMessagesPerRequest, requestCallback } = this.settings.now;
    const parsed = parseSendRequest(json.value, { bodyCountedIn, blankBody });
    if (parsed.kind === 'invalid') return this.#invalid(parsed.violations);
    if (maxMessagesPerRequest > 0 && parsed.messages.length > maxMessagesPerRequest)
      return this.#invalid([
        { field: 'messages', rule: `must be at most ${maxMessagesPerRequest} messages` },
      ]);

    const callback = readRequestCallback(requestCallback === 'ignored' ? undefined : json.value);
    if (callback.kind === 'invalid') return this.#invalid([callback.violation]);

    if (this.#meetsClosedWindow(parsed.messages)) return { kind: 'refused', answer: WINDOW_CLOSED };
    return { ...parsed, callbackUrls: callback.urls };
  }

  #invalid(violations: readonly Violation[]): SendContent {
    const body = validationErrorBody(violations);
    return { kind: 'refused', answer: jsonAnswer({ status: this.settings.now.invalidStatus, body }) };
  }

  /** By default the provider queues first, and WhatsApp's refusal comes by a callback. */
  #meetsClosedWindow(messages: readonly InsiderMessage[]): boolean {
    const { enforceWindow, closedWindow } = this.settings.now;
    if (!enforceWindow || closedWindow === 'callback') return false;
    return messages.some(({ phoneNumber }) => !this.windows.isOpen(phoneNumber));
  }
}

const WINDOW_CLOSED_CODE = 131_047;

const UNDECODABLE = jsonAnswer(ENDPOINT_ERRORS.undecodable);

/**
 * Insider's page says that a text goes only to a user who wrote in the last 24 hours, and not what happens otherwise.
 * This is one reading: the provider asks WhatsApp at once, and hands its error on.
 */
const WINDOW_CLOSED = jsonAnswer({
  status: 400,
  body: {
    error: {
      message: `(#${WINDOW_CLOSED_CODE}) ${metaFailure(WINDOW_CLOSED_CODE).title}`,
      type: 'OAuthException',
      code: WINDOW_CLOSED_CODE,
      error_data: { messaging_product: 'whatsapp', details: metaFailure(WINDOW_CLOSED_CODE).details },
      fbtrace_id: 'sandbox',
    },
  },
});

function parseJson(body: Buffer | undefined): { readonly value: unknown } | undefined {
  if (body === undefined || !isUtf8(body)) return undefined;
  try {
    return { value: JSON.parse(body.toString('utf8')) as unknown };
  } catch {
    // What is wrong with the text is not part of the documented answer.
    return undefined;
  }
}
