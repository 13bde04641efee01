import type { InboundMessage, ReceivedMessage } from '../messages/received-message.ts';

/** One event to tell the webhook, with the body that tells it. */
export interface Callback {
  readonly event: CallbackName;
  /** The message's key; an inbound message has none. */
  readonly key?: string;
  readonly body: object;
}

export const CALLBACK_NAMES = ['accepted', 'sent', 'delivered', 'read', 'failed', 'error', 'reply'] as const;
export type CallbackName = (typeof CALLBACK_NAMES)[number];

/** The documented shape: WhatsApp's answer to the send, with the key. */
export function acceptedCallback({ key, wamid, phoneNumber }: ReceivedMessage): Callback {
  return {
    event: 'accepted',
    key,
    body: {
      messaging_product: 'whatsapp',
      contacts: [{ input: phoneNumber, wa_id: digits(phoneNumber) }],
      messages: [{ id: wamid }],
      key,
    },
  };
}

/** Meta's `value` object with the key: of the shapes the provider may forward, the one seen for inbound messages. */
export function statusCallback(
  { key, wamid, phoneNumber }: ReceivedMessage,
  { status, time }: { status: 'sent' | 'delivered' | 'read'; time: Date },
): Callback {
  return {
    event: status,
    key,
    body: {
      ...VALUE,
      statuses: [{ id: wamid, status, timestamp: seconds(time), recipient_id: digits(phoneNumber) }],
      key,
    },
  };
}

/** The documented shape of an error, for a text outside the customer service window. */
export function windowClosedCallback({ key }: ReceivedMessage): Callback {
  return {
    event: 'error',
    key,
    body: {
      error: {
        message: '(#131047) Re-engagement message',
        type: 'OAuthException',
        code: 131047,
        error_data: {
          messaging_product: 'whatsapp',
          details: 'More than 24 hours have passed since the recipient last replied to the sender number.',
        },
        fbtrace_id: 'sandbox',
      },
      key,
    },
  };
}

/** A text that a user wrote, as Meta's `value` object. */
export function replyCallback({ wamid, phoneNumber, text, time }: InboundMessage): Callback {
  const from = digits(phoneNumber);
  return {
    event: 'reply',
    body: {
      ...VALUE,
      contacts: [{ profile: { name: 'Sandbox User' }, wa_id: from }],
      messages: [{ from, id: wamid, timestamp: seconds(time), type: 'text', text: { body: text } }],
    },
  };
}

const VALUE = {
  messaging_product: 'whatsapp',
  metadata: { display_phone_number: '15550009999', phone_number_id: '106540352242922' },
};

function digits(phoneNumber: string): string {
  return phoneNumber.slice(1);
}

function seconds(time: Date): string {
  return String(Math.floor(time.getTime() / 1000));
}
