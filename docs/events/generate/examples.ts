import { EVENT_TYPES, TOPICS } from '@parley/contracts';
import type {
  EventRole,
  InboundEvent,
  ResultEvent,
  SendEvent,
  StatusEvent,
  TopicRole,
} from '@parley/contracts';

/** A record as the documents show it. */
export interface ExampleRecord {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Text stands for bytes where the value is no event. */
  readonly payload: object | string;
}

const PHONE_NUMBER = '+14155550101';
const KEY = 'whatsapp-660e8400-e29b-41d4-a716-446655440001';
const WAMID = 'wamid.HBgLMTQxNTU1NTAxMDEVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA';
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const METADATA = { order: '4711' };

const send: SendEvent = {
  messageId: 'order-4711-shipped',
  account: 'default',
  phoneNumber: PHONE_NUMBER,
  text: { body: 'Your order 4711 is on its way: https://shop.example/4711', previewUrl: true },
  expireTime: '2026-03-01T18:00:00Z',
  ambiguousSends: 'report',
  metadata: METADATA,
};

const shortestSend: SendEvent = {
  messageId: 'order-4712-shipped',
  phoneNumber: PHONE_NUMBER,
  text: { body: 'Your order 4712 is on its way.' },
};

const accepted: ResultEvent = {
  messageId: 'order-4711-shipped',
  account: 'default',
  phoneNumber: PHONE_NUMBER,
  outcome: 'ACCEPTED',
  key: KEY,
  duplicate: false,
  attempts: 1,
  source: 'kafka',
  time: '2026-03-01T12:00:00.250Z',
  metadata: METADATA,
};

const expired: ResultEvent = {
  messageId: 'order-4712-shipped',
  account: 'default',
  phoneNumber: PHONE_NUMBER,
  outcome: 'EXPIRED',
  error: {
    reason: 'EXPIRED',
    message: 'The message’s time was over before it could be sent.',
    retryable: false,
  },
  duplicate: false,
  attempts: 0,
  source: 'grpc',
  time: '2026-03-01T18:00:00.010Z',
  metadata: {},
};

const delivered: StatusEvent = {
  messageId: 'order-4711-shipped',
  account: 'default',
  phoneNumber: PHONE_NUMBER,
  key: KEY,
  wamid: WAMID,
  status: 'delivered',
  time: '2026-03-01T12:00:02.000Z',
  receivedTime: '2026-03-01T12:00:02.417Z',
  metadata: METADATA,
  provider: {
    statuses: [{ id: WAMID, status: 'delivered', timestamp: '1772366402', recipient_id: '14155550101' }],
    key: KEY,
  },
};

const failed: StatusEvent = {
  account: 'default',
  key: 'whatsapp-sent-elsewhere',
  status: 'failed',
  error: {
    code: '131047',
    title: 'Re-engagement message',
    details: 'More than 24 hours have passed since the customer last replied to this number.',
    retryable: false,
    advice: 'Over 24 hours since the user last wrote: send a template.',
  },
  time: '2026-03-01T12:05:00.120Z',
  receivedTime: '2026-03-01T12:05:00.120Z',
  provider: {
    error: { message: '(#131047) Re-engagement message', code: 131047 },
    key: 'whatsapp-sent-elsewhere',
  },
};

const inbound: InboundEvent = {
  account: 'default',
  phoneNumber: PHONE_NUMBER,
  wamid: 'wamid.HBgLMTQxNTU1NTAxMDEVAgASGBQzQTVFNEI4RjBDMjlGNEE2QTI5RQA',
  type: 'text',
  text: 'When will it be here?',
  time: '2026-03-01T12:10:00.000Z',
  provider: {
    messages: [
      {
        from: '14155550101',
        id: 'wamid.HBgLMTQxNTU1NTAxMDEVAgASGBQzQTVFNEI4RjBDMjlGNEE2QTI5RQA',
        timestamp: '1772367000',
        type: 'text',
        text: { body: 'When will it be here?' },
      },
    ],
  },
};

/** Records of each topic. The events are typed, so that an example cannot fall behind its schema. */
export const EXAMPLES: Readonly<Record<TopicRole, readonly ExampleRecord[]>> = {
  send: [
    { name: 'withEverything', headers: { traceparent: TRACEPARENT }, payload: send },
    { name: 'withoutHeaders', headers: {}, payload: shortestSend },
  ],
  result: [
    {
      name: 'accepted',
      headers: told('result', '0d6a2f0c-3a0e-4c53-8f57-6f1d9d3e2b70', accepted, { traceparent: TRACEPARENT }),
      payload: accepted,
    },
    {
      name: 'expired',
      headers: told('result', '5b0f8c0e-6c2b-4a35-9b0c-1f4e0d9a7c11', expired),
      payload: expired,
    },
  ],
  status: [
    {
      name: 'delivered',
      headers: told('status', `${KEY}:delivered`, delivered, {
        ce_correlation: 'matched',
        traceparent: TRACEPARENT,
      }),
      payload: delivered,
    },
    {
      name: 'failed',
      headers: told('status', `${failed.key}:failed`, failed, { ce_correlation: 'unknown' }),
      payload: failed,
    },
  ],
  inbound: [{ name: 'text', headers: told('inbound', inbound.wamid, inbound), payload: inbound }],
  dlq: [
    {
      name: 'numberInvalid',
      headers: {
        'dlq-reason': 'PHONE_NUMBER_INVALID',
        'dlq-message': 'phoneNumber must be a number in E.164 form',
        'dlq-original-topic': TOPICS.send,
        'dlq-original-partition': '3',
        'dlq-original-offset': '81734',
        'dlq-time': '2026-03-01T12:00:00.000Z',
      },
      payload: '{"messageId":"a","phoneNumber":"555","text":{"body":"Hi"}}',
    },
  ],
  quarantine: [
    {
      name: 'unknownShape',
      headers: {
        'quarantine-reason': 'none of the known shapes',
        'quarantine-account': 'default',
        'quarantine-time': '2026-03-01T12:00:00.000Z',
      },
      payload: '{ "news" : "of something" }',
    },
  ],
};

function told(
  role: EventRole,
  id: string,
  { time }: { readonly time: string },
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: '/parley/gateway',
    ce_type: EVENT_TYPES[role],
    ce_time: time,
    ...more,
  };
}
