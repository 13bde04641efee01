import type { DeliveryStatus, WatchMessagesRequest } from '@parley/contracts';
import { invalidArgument } from './errors.ts';
import type { FieldViolation } from './errors.ts';
import { momentOf } from './moment.ts';
import { deliveryStatusOf } from './tracking-mapping.ts';

const MAX_ACCOUNTS = 100;
const MAX_MESSAGE_IDS = 1_000;
const MAX_ID_LENGTH = 128;

export interface WatchFilter {
  readonly messageIds: readonly string[];
  readonly statuses: readonly DeliveryStatus[];
  /** Milliseconds since 1970; undefined: from now on. */
  readonly fromTimeMs: number | undefined;
}

/**
 * What a watcher asks for beside the accounts.
 *
 * @throws INVALID_ARGUMENT with each rule that it breaks
 */
export function watchFilterOf(request: WatchMessagesRequest): WatchFilter {
  const { accounts, messageIds, fromTime } = request;
  const statuses = request.statuses.flatMap((wire) => deliveryStatusOf(wire) ?? []);
  // The loader fills unset messages in with null.
  const fromTimeMs = fromTime ? momentOf(fromTime) : undefined;
  const rules: [boolean, string, string][] = [
    [accounts.length <= MAX_ACCOUNTS, 'accounts', `must be at most ${MAX_ACCOUNTS}`],
    [messageIds.length <= MAX_MESSAGE_IDS, 'message_ids', `must be at most ${MAX_MESSAGE_IDS}`],
    [
      messageIds.every(({ length }) => length >= 1 && length <= MAX_ID_LENGTH),
      'message_ids',
      `must each have 1 to ${MAX_ID_LENGTH} characters`,
    ],
    [statuses.length === request.statuses.length, 'statuses', 'must each be a status of an event'],
    [fromTimeMs === undefined || fromTimeMs >= 0, 'from_time', 'must be a moment since 1970'],
  ];
  const broken = rules.flatMap(([isKept, field, rule]): FieldViolation<'FILTER_INVALID'>[] =>
    isKept ? [] : [{ field, reason: 'FILTER_INVALID', rule }],
  );
  if (broken.length > 0) throw invalidArgument(broken);
  return { messageIds, statuses, fromTimeMs };
}
