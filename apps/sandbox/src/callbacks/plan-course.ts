import type { MessageFault, PlayedFault } from '../faults/fault-rule.ts';
import type { InboundMessage, ReceivedMessage } from '../messages/received-message.ts';
import type { Settings } from '../settings/settings.ts';
import type { Callback, CallbackName } from './callback.ts';
import type { Course, PlannedStatus } from './course.ts';
import { MINUTE_MS } from './retry-schedule.ts';

/** Who is told, with the URL as it is now. */
export type Target = Pick<Callback, 'target' | 'url'>;

export interface Circumstances {
  readonly nowMs: number;
  /** Whether the recipient's window is open, or nobody minds. */
  readonly allowed: boolean;
  readonly faults: readonly PlayedFault[];
  readonly targets: readonly Target[];
  readonly settings: Settings;
}

/**
 * Accepted, sent, delivered, read; or failed alone, when the window is closed. Faults change what happens on WhatsApp
 * (`fails` goes before the window), then what is told of it: late by a documented minute, each twice, the last first,
 * or nothing. They can be combined.
 */
export function planCourse(message: ReceivedMessage, circumstances: Circumstances): Course {
  const { key, wamid, phoneNumber, from } = message;
  const { settings, targets } = circumstances;
  const statuses = planStatuses(circumstances);
  return {
    id: key,
    subject: { key, wamid, phoneNumber, ...(from !== undefined && { from }) },
    statuses,
    callbacks: planNews(statuses, circumstances).flatMap((news) => targets.map((to) => callbackTo(to, news))),
    shapes: shapesOf(settings),
  };
}

/** The webhook is told of what a user wrote, at once. */
export function planReply(
  { wamid, phoneNumber, text, time }: InboundMessage,
  {
    target,
    nowMs,
    settings,
  }: { readonly target: Target; readonly nowMs: number; readonly settings: Settings },
): Course {
  return {
    id: wamid,
    subject: { wamid, phoneNumber, text },
    statuses: [],
    callbacks: [callbackTo(target, { event: 'reply', timeMs: time.getTime(), dueMs: nowMs })],
    shapes: shapesOf(settings),
  };
}

// Insider queues first, so that WhatsApp's refusal comes after the endpoint's 200, and in place of all else.
const WINDOW_CLOSED_CODE = 131_047;
/** "Message undeliverable": the commonest failure of a number that is well formed. */
const DEFAULT_FAILURE_CODE = 131_026;

function planStatuses({ nowMs, allowed, faults, settings }: Circumstances): readonly PlannedStatus[] {
  const acceptedMs = nowMs + settings.acceptedAfterMs;
  const sentMs = Math.max(acceptedMs, nowMs + settings.sentAfterMs);
  const accepted: PlannedStatus = { status: 'accepted', timeMs: acceptedMs };

  const failure = faults.find(({ fault }) => fault === 'fails');
  if (failure)
    return [accepted, { status: 'failed', timeMs: sentMs, code: failure.code ?? DEFAULT_FAILURE_CODE }];
  if (!allowed) return [{ status: 'failed', timeMs: acceptedMs, code: WINDOW_CLOSED_CODE }];

  const has = (fault: MessageFault): boolean => faults.some((each) => each.fault === fault);
  const isDelivered = !has('never-delivered');
  const deliveredMs = Math.max(sentMs, nowMs + settings.deliveredAfterMs);
  const readMs = Math.max(deliveredMs, nowMs + settings.readAfterMs);
  const statuses: PlannedStatus[] = [accepted, { status: 'sent', timeMs: sentMs }];
  if (isDelivered && !has('read-without-delivered'))
    statuses.push({ status: 'delivered', timeMs: deliveredMs });
  if (isDelivered && !has('never-read')) statuses.push({ status: 'read', timeMs: readMs });
  return statuses;
}

type News = Pick<Callback, 'event' | 'timeMs' | 'dueMs' | 'code'>;

function planNews(statuses: readonly PlannedStatus[], { faults, settings }: Circumstances): readonly News[] {
  const played = new Set(faults.map(({ fault }) => fault));
  if (played.has('callbacks-missing')) return [];
  let news: readonly News[] = statuses.flatMap(({ status, timeMs, code }) =>
    eventsOf(status, settings).map((event) => ({
      event,
      timeMs,
      dueMs: timeMs,
      ...(code !== undefined && { code }),
    })),
  );
  if (played.has('callbacks-out-of-order')) {
    const lastMs = Math.max(...news.map(({ dueMs }) => dueMs));
    news = news.toReversed().map((each) => ({ ...each, dueMs: lastMs }));
  }
  if (played.has('callbacks-late'))
    news = news.map((each) => ({ ...each, dueMs: each.dueMs + MINUTE_MS / settings.timeScale }));
  return played.has('callbacks-doubled') ? news.flatMap((each) => [each, each]) : news;
}

function eventsOf(status: PlannedStatus['status'], { failureShape }: Settings): readonly CallbackName[] {
  if (status !== 'failed') return [status];
  return failureShape === 'both' ? ['error', 'failed'] : [failureShape];
}

function callbackTo({ target, url }: Target, news: News): Callback {
  return { ...news, target, url, attempts: [], missedRetries: 0 };
}

function shapesOf({ statusShape, inboundShape }: Settings): Course['shapes'] {
  return { statusShape, inboundShape };
}
