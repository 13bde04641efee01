import { createHash } from 'node:crypto';
import type { Callback } from './callback.ts';
import type { Course, Subject } from './course.ts';
import { metaFailure } from './meta-failure.ts';

/**
 * What is posted. Accepted and error are Insider's documented shapes. The rest are Meta's, which Insider forwards: how
 * they are wrapped is a setting, and the key stands at the top of every one that is about a message.
 */
export function bodyOf(course: Course, callback: Callback): object {
  const { subject, shapes } = course;
  switch (callback.event) {
    case 'accepted':
      return accepted(subject);
    case 'error':
      return error(subject, callback);
    case 'reply':
      return wrapped(reply(subject, callback), { shape: shapes.inboundShape, subject });
    case 'sent':
    case 'delivered':
    case 'read':
    case 'failed': {
      const statuses = [statusOf(course, callback)];
      const { statusShape: shape } = shapes;
      if (shape === 'statuses') return { statuses, ...keyOf(subject) };
      return wrapped({ statuses }, { shape, subject });
    }
  }
}

/** WhatsApp's answer to the send, with the key. */
function accepted(subject: Subject): object {
  const { phoneNumber, wamid } = subject;
  return {
    messaging_product: 'whatsapp',
    contacts: [{ input: phoneNumber, wa_id: digits(phoneNumber) }],
    messages: [{ id: wamid }],
    ...keyOf(subject),
  };
}

function error(subject: Subject, { code = 0 }: Callback): object {
  const { title, details } = metaFailure(code);
  return {
    error: {
      message: `(#${code}) ${title}`,
      type: 'OAuthException',
      code,
      error_data: { messaging_product: 'whatsapp', details },
      fbtrace_id: `A${hashOf(subject.wamid, 'base64url').slice(0, 22)}`,
    },
    ...keyOf(subject),
  };
}

function reply({ wamid, phoneNumber, text = '' }: Subject, { timeMs }: Callback): object {
  const from = digits(phoneNumber);
  return {
    contacts: [{ profile: { name: 'Sandbox User' }, wa_id: from }],
    messages: [{ from, id: wamid, timestamp: seconds(timeMs), type: 'text', text: { body: text } }],
  };
}

function statusOf({ subject, statuses }: Course, { event, timeMs, code = 0 }: Callback): object {
  const { wamid, phoneNumber } = subject;
  const status = {
    id: wamid,
    status: event,
    timestamp: seconds(timeMs),
    recipient_id: digits(phoneNumber),
  };
  if (event === 'failed') {
    const { title, details } = metaFailure(code);
    return {
      ...status,
      errors: [{ code, title, message: title, error_data: { details }, href: ERRORS_PAGE }],
    };
  }
  // Meta sends the price with `sent`, and with the first of the two that follow.
  const isPriced = event !== 'read' || statuses.every((each) => each.status !== 'delivered');
  return {
    ...status,
    conversation: {
      id: hashOf(phoneNumber, 'hex').slice(0, 32),
      ...(event === 'sent' && { expiration_timestamp: seconds(timeMs + DAY_MS) }),
      origin: { type: 'service' },
    },
    ...(isPriced && { pricing: FREE }),
  };
}

const ERRORS_PAGE = '/documentation/business-messaging/whatsapp/support/error-codes';
const DAY_MS = 24 * 3_600_000;

/** What Meta charges inside the window. */
const FREE = {
  billable: false,
  pricing_model: 'PMP',
  type: 'free_customer_service',
  category: 'service',
};

function wrapped(
  part: object,
  { shape, subject }: { readonly shape: 'value' | 'envelope'; readonly subject: Subject },
): object {
  const value = {
    messaging_product: 'whatsapp',
    metadata: {
      display_phone_number: digits(subject.from ?? '+15550009999'),
      phone_number_id: '106540352242922',
    },
    ...part,
  };
  if (shape === 'value') return { ...value, ...keyOf(subject) };
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: '102290129340398', changes: [{ field: 'messages', value }] }],
    ...keyOf(subject),
  };
}

function keyOf({ key }: Subject): { readonly key?: string } {
  return key === undefined ? {} : { key };
}

function digits(phoneNumber: string): string {
  return phoneNumber.replace(/^\+/, '');
}

function seconds(timeMs: number): string {
  return String(Math.floor(timeMs / 1000));
}

/** Looks like any other id, and is the same in every repetition. */
function hashOf(text: string, encoding: 'hex' | 'base64url'): string {
  return createHash('sha256').update(text).digest(encoding);
}
