import { describe, expect, it } from '@jest/globals';
import { parseCallback } from '@parley/insider';
import { Settings } from '../settings/settings.ts';
import type { CallbackName } from './callback.ts';
import { bodyOf } from './callback-body.ts';
import { messageUnderTest } from '../messages/message-under-test.ts';
import type { Course } from './course.ts';
import { planCourse, planReply } from './plan-course.ts';
import type { PlayedFault } from '../faults/fault-rule.ts';

const TIME = new Date('2026-11-22T10:00:00Z');
const TARGET = { target: 'webhook', url: 'http://receiver.example' } as const;
const MESSAGE = messageUnderTest('whatsapp-1');

function courseOf(changed: Partial<Settings> = {}, faults: readonly PlayedFault[] = []): Course {
  const settings = Object.assign(new Settings(), NO_DELAYS, changed);
  const nowMs = TIME.getTime();
  return planCourse(MESSAGE, { nowMs, allowed: true, faults, targets: [TARGET], settings });
}

function replyOf(changed: Partial<Settings> = {}): Course {
  const { wamid, phoneNumber } = MESSAGE;
  const settings = Object.assign(new Settings(), changed);
  const options = { target: TARGET, nowMs: TIME.getTime(), settings };
  return planReply({ wamid, phoneNumber, text: 'hi', time: TIME }, options);
}

const NO_DELAYS = { acceptedAfterMs: 0, sentAfterMs: 0, deliveredAfterMs: 0, readAfterMs: 0 };

function body(course: Course, event: CallbackName): Record<string, unknown> {
  const callback = course.callbacks.find((each) => each.event === event);
  if (callback === undefined) throw new Error(`no ${event}`);
  return bodyOf(course, callback) as never;
}

const FAILS: readonly PlayedFault[] = [{ fault: 'fails', code: 131_047 }];

describe('a body', () => {
  const { key, wamid, phoneNumber } = MESSAGE;
  const shapes = ['value', 'envelope', 'statuses'] as const;

  it.each(
    shapes.flatMap((statusShape) =>
      (['sent', 'delivered', 'read'] as const).map((event) => ({ statusShape, event })),
    ),
  )('is read by who reads the provider’s callbacks: %j', ({ statusShape, event }) => {
    const told = body(courseOf({ statusShape }), event);
    expect(told).toMatchObject({ key });
    expect(parseCallback(told)).toMatchObject({
      kind: 'events',
      events: [{ status: event, key, wamid, phoneNumber, time: TIME }],
      unread: [],
    });
  });

  it.each(shapes)('of a failure is read as well, wrapped as %s, with Meta’s code', (statusShape) => {
    const course = courseOf({ statusShape, failureShape: 'both' }, FAILS);
    for (const event of ['error', 'failed'] as const)
      expect(parseCallback(body(course, event))).toMatchObject({
        kind: 'events',
        events: [{ status: 'failed', key, error: { code: '131047', title: 'Re-engagement message' } }],
        unread: [],
      });
  });

  it.each(['value', 'envelope'] as const)('of a user’s text is read, wrapped as %s', (inboundShape) => {
    expect(parseCallback(body(replyOf({ inboundShape }), 'reply'))).toMatchObject({
      kind: 'events',
      events: [{ kind: 'inbound', wamid, phoneNumber, type: 'text', text: 'hi', time: TIME }],
      unread: [],
    });
  });

  it('of accepted is the documented one', () => {
    expect(body(courseOf(), 'accepted')).toEqual({
      messaging_product: 'whatsapp',
      contacts: [{ input: '+15550001234', wa_id: '15550001234' }],
      messages: [{ id: wamid }],
      key,
    });
  });

  it('of an error is the documented one', () => {
    expect(body(courseOf({}, FAILS), 'error')).toEqual({
      error: {
        message: '(#131047) Re-engagement message',
        type: 'OAuthException',
        code: 131047,
        error_data: {
          messaging_product: 'whatsapp',
          details: 'More than 24 hours have passed since the recipient last replied to the sender number.',
        },
        fbtrace_id: expect.stringMatching(/^A[\w-]{22}$/),
      },
      key,
    });
  });

  it('of a status is Meta’s: the price with sent and delivered, the conversation’s end with sent', () => {
    const course = courseOf();
    const status = (event: CallbackName): object => (body(course, event)['statuses'] as [object])[0];
    const conversation = { id: expect.stringMatching(/^[0-9a-f]{32}$/), origin: { type: 'service' } };
    const pricing = {
      billable: false,
      pricing_model: 'PMP',
      type: 'free_customer_service',
      category: 'service',
    };
    const common = { id: wamid, timestamp: '1795341600', recipient_id: '15550001234' };
    expect(status('sent')).toEqual({
      ...common,
      status: 'sent',
      conversation: { ...conversation, expiration_timestamp: '1795428000' },
      pricing,
    });
    expect(status('delivered')).toEqual({ ...common, status: 'delivered', conversation, pricing });
    expect(status('read')).toEqual({ ...common, status: 'read', conversation });

    const unseen = courseOf({}, [{ fault: 'read-without-delivered' }]);
    expect(body(unseen, 'read')).toMatchObject({ statuses: [{ pricing }] });
  });

  it('of a failed status is Meta’s', () => {
    expect(body(courseOf({ failureShape: 'failed' }, FAILS), 'failed')).toMatchObject({
      statuses: [
        {
          status: 'failed',
          errors: [
            {
              code: 131047,
              title: 'Re-engagement message',
              message: 'Re-engagement message',
              error_data: { details: expect.stringContaining('24 hours') },
              href: '/documentation/business-messaging/whatsapp/support/error-codes',
            },
          ],
        },
      ],
    });
  });

  it.each([131026, 131056, 130429, 131048, 131000, 131051, 130472, 368, 131031, 131053, 999_999])(
    'tells code %d with a title and details',
    (code) => {
      const course = courseOf({ failureShape: 'both' }, [{ fault: 'fails', code }]);
      for (const event of ['error', 'failed'] as const)
        expect(parseCallback(body(course, event))).toMatchObject({
          events: [
            {
              error: {
                code: String(code),
                title: expect.stringMatching(/./),
                details: expect.stringMatching(/./),
              },
            },
          ],
        });
    },
  );
});
