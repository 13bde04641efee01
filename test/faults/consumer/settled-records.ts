import type { ResultEvent } from '@parley/contracts';
import type { Said } from '../kill/conversation.ts';

/** A record of the send or of the result topic, whoever read it. */
export interface ReadRecord {
  readonly value: Buffer | string | null;
  readonly headers: Readonly<Record<string, unknown>>;
}

interface SendValue {
  readonly messageId: string;
  readonly phoneNumber: string;
  readonly ambiguousSends: Said['policy'];
}

/** A process that may have been killed at any time of the run had any of the records in work. */
const ALL_THE_TIME = { fromMs: -Infinity, toMs: Infinity };

/**
 * What was said to each recipient, in the order of its partition: each record a call of its own, and its first result
 * event its end.
 *
 * @param members that may have worked on them
 */
export function recordsAsConversations(
  sent: readonly Pick<ReadRecord, 'value'>[],
  results: readonly Pick<ReadRecord, 'value'>[],
  members: readonly string[],
): readonly (readonly Said[])[] {
  const outcomes = new Map<string, string>();
  for (const { messageId, outcome } of results.map(resultOf)) {
    if (!outcomes.has(messageId)) outcomes.set(messageId, outcome);
  }
  const said = sent.map((record, call): Said => {
    const { messageId, phoneNumber, ambiguousSends } = valueOf(record);
    return {
      id: messageId,
      recipient: phoneNumber,
      policy: ambiguousSends,
      call,
      calls: members.map((replica) => ({ replica, ...ALL_THE_TIME })),
      outcome: outcomes.get(messageId),
    };
  });
  return [...Map.groupBy(said, ({ recipient }) => recipient).values()];
}

/** Ids of records before the committed offsets without a result event: lost, if the process had died for good. */
export function committedUnsettled(
  committed: ReadonlyMap<number, bigint>,
  {
    sent,
    results,
  }: {
    readonly sent: readonly (Pick<ReadRecord, 'value'> & {
      readonly partition: number;
      readonly offset: bigint;
    })[];
    readonly results: readonly Pick<ReadRecord, 'value'>[];
  },
): readonly string[] {
  const settled = new Set(results.map((record) => resultOf(record).messageId));
  return sent
    .filter(({ partition, offset }) => offset < (committed.get(partition) ?? 0n))
    .map((record) => valueOf(record).messageId)
    .filter((id) => !settled.has(id));
}

/** Ids that were told to have ended more than once, by different events of which none says that it repeats another. */
export function toldTwiceAsNew(results: readonly ReadRecord[]): readonly string[] {
  const asNew = results.filter((record) => !resultOf(record).duplicate);
  const byId = Map.groupBy(asNew, (record) => resultOf(record).messageId);
  return [...byId].filter(([, events]) => new Set(events.map(eventId)).size > 1).map(([id]) => id);
}

/** Stays the same when an event is published again because nobody knows whether it was. */
function eventId({ headers }: ReadRecord): string {
  return String(headers['ce_id']);
}

export function resultOf({ value }: Pick<ReadRecord, 'value'>): ResultEvent {
  return JSON.parse(String(value)) as ResultEvent;
}

function valueOf({ value }: Pick<ReadRecord, 'value'>): SendValue {
  return JSON.parse(String(value)) as SendValue;
}
