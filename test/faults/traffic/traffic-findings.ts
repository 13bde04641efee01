import type { ResultEvent, StatusEvent } from '@parley/contracts';
import { callbackFindings } from '../callbacks/callback-findings.ts';
import type { CallbackFindings } from '../callbacks/callback-findings.ts';
import type { Delivery } from '../callbacks/callback-poster.ts';
import { idOf } from '../callbacks/status-callback.ts';
import type { Said } from '../kill/conversation.ts';
import { killFindings } from '../kill/kill-findings.ts';
import type { KillFindings } from '../kill/kill-findings.ts';
import type { Arrival } from './moody-provider.ts';
import type { Posted } from './traffic.ts';

/** Something that happened to a process, until what it did was over. On the machine's monotonic clock. */
export interface TroubleTime {
  /** Begins with what it happened to. */
  readonly trouble: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Everything that was written down, each in its order. */
export interface TrafficHistory {
  /** By gRPC and Kafka: what was said to each recipient, and how it ended. */
  readonly conversations: readonly (readonly Said[])[];
  readonly posted: readonly PostedText[];
  /** Ids of all records that may be on the topic. */
  readonly produced: ReadonlySet<string>;
  readonly arrivals: readonly Arrival[];
  /** Ids that a log line named as ambiguous. */
  readonly flagged: ReadonlySet<string>;
  readonly results: readonly Told<ResultEvent>[];
  readonly deliveries: readonly Delivery[];
  readonly statuses: readonly Told<StatusEvent>[];
  /** How many records are on the dead letter topic. */
  readonly deadLetters: number;
  readonly troubles: readonly TroubleTime[];
}

type PostedText = Pick<Posted, 'body' | 'recipient' | 'status'>;

interface Told<Event> {
  readonly event: Event;
  readonly headers: Readonly<Record<string, string>>;
}

type OfMessages = Pick<
  KillFindings,
  'outcomes' | 'open' | 'lost' | 'doubledReports' | 'doubledResends' | 'doubledUnflagged' | 'overtaken'
>;

export interface TrafficFindings extends OfMessages, Pick<CallbackFindings, 'disordered' | 'renamed'> {
  /** Bodies at the provider, or ids in events, that nobody submitted. */
  readonly phantom: readonly string[];
  /**
   * Ids that were sent twice, unflagged or though they were to be reported, and of which nobody could know: Redis was in
   * trouble when one of the two was sent or settled. Not among those found below as doubled or told twice.
   */
  readonly doubledWithoutRedis: readonly string[];
  /** Ids that ended as unknown, and no log line said why. */
  readonly unknownUnflagged: readonly string[];
  /** Ids whose callers were told an end, and readers of the result topic were not. */
  readonly untold: readonly string[];
  /** Ids of which the first result event is another end than the caller's. */
  readonly toldOtherwise: readonly string[];
  /** Ids that ended more than once, in events of which none says that it repeats another. */
  readonly toldTwiceAsNew: readonly string[];
  /** Callbacks that were not taken at the end of the provider's schedule. */
  readonly givenUp: readonly string[];
  /** Callbacks that were taken, and are not on the topic. */
  readonly statusesLost: readonly string[];
  /** On the topic, and never posted. */
  readonly statusesPhantom: readonly string[];
  /** On the topic more than once, once for each time too many. */
  readonly statusesDoubled: readonly string[];
  /** Those of them that were taken by the first attempt while nothing was in trouble. */
  readonly statusesDoubledInCalm: readonly string[];
  /** Those that name another message than the key's. */
  readonly misattributed: readonly string[];
  readonly worstSecond: number;
  readonly worstSecondAsSeen: number;
}

/** Holds what callers, producers and readers were told against what the provider saw. */
export function trafficFindings(history: TrafficHistory): TrafficFindings {
  const { conversations, posted, arrivals, deliveries, statuses, results } = history;
  const bodyOfKey = new Map(arrivals.flatMap(({ keys, bodies }) => keys.map((key, at) => [key, bodies[at]])));
  const flagged = new Set(history.flagged);
  // Who posted knows no id but the body; the key of the result event leads there.
  for (const { event } of results) {
    const body = event.key === undefined ? undefined : bodyOfKey.get(event.key);
    if (body !== undefined && flagged.has(event.messageId)) flagged.add(body);
  }
  const messages = killFindings({
    conversations: [...conversations, ...postedAsConversations(posted)],
    arrivals: arrivals.map(takenOnly),
    kills: [],
    flagged,
  });
  const calls = callbackFindings(deliveries, statuses);
  const said = conversations.flat();
  const { outcomes, open, lost, doubledReports, doubledResends, doubledUnflagged, overtaken } = messages;
  const forgotten = forgottenOf(history);
  const isRemembered = (id: string): boolean => !forgotten.has(id);
  const { untold, toldOtherwise, toldTwiceAsNew } = resultFindings(history, bodyOfKey);
  return {
    outcomes,
    open,
    lost,
    doubledReports: doubledReports.filter(isRemembered),
    doubledResends,
    doubledUnflagged: doubledUnflagged.filter(isRemembered),
    doubledWithoutRedis: [...doubledReports, ...doubledUnflagged].filter((id) => forgotten.has(id)),
    overtaken,
    worstSecond: messages.worstSecond,
    worstSecondAsSeen: messages.worstSecondAsSeen,
    phantom: phantomsOf(history),
    unknownUnflagged: said
      .filter(({ id, outcome }) => outcome === 'UNKNOWN' && !flagged.has(id))
      .map(({ id }) => id),
    untold,
    toldOtherwise,
    toldTwiceAsNew: toldTwiceAsNew.filter(isRemembered),
    givenUp: deliveries.filter(({ wasTaken }) => !wasTaken).map(({ callback }) => idOf(callback)),
    statusesLost: calls.lost,
    statusesPhantom: calls.phantom,
    statusesDoubled: calls.doubled,
    statusesDoubledInCalm: doubledInCalm(calls.doubled, history),
    disordered: calls.disordered,
    renamed: calls.renamed,
    misattributed: misattributedOf(statuses, { results, bodyOfKey }),
  };
}

/** Without an answer it may be sent yet, after what was posted later: only what was answered has its place. */
function postedAsConversations(posted: readonly PostedText[]): Said[][] {
  const answered = posted
    .filter(({ status }) => status === 200)
    .map(({ body, recipient }, call): Said => {
      return { id: body, recipient, policy: 'resend', call, calls: [], outcome: 'ACCEPTED' };
    });
  return [...Map.groupBy(answered, ({ recipient }) => recipient).values()];
}

/** What was refused arrived too, and counts for the limit, but none of its messages did. */
function takenOnly(arrival: Arrival): Parameters<typeof killFindings>[0]['arrivals'][number] {
  const { atMs, notBeforeMs, from, bodies, keys } = arrival;
  return { atMs, notBeforeMs, from, bodies: keys.length > 0 ? bodies : [], wasCut: false };
}

/** Bodies of requests that Redis may not have been told of, or was told of and could not be asked. */
function forgottenOf({ arrivals, troubles }: TrafficHistory): Set<string> {
  const away = troubles.filter(({ trouble }) => trouble.startsWith('Redis'));
  const isOpenWhileAway = ({ atMs }: Arrival): boolean =>
    away.some(({ fromMs, toMs }) => atMs + SETTLED_WITHIN_MS >= fromMs && atMs <= toMs);
  return new Set(arrivals.filter(isOpenWhileAway).flatMap(({ bodies }) => bodies));
}

/** From a request's arrival to the end of its messages in Redis: the longest answer that is waited for, and a command. */
const SETTLED_WITHIN_MS = 4_000;

function phantomsOf({ conversations, posted, produced, arrivals, results }: TrafficHistory): string[] {
  const submitted = new Set([
    ...conversations.flat().map(({ id }) => id),
    ...posted.map(({ body }) => body),
    ...produced,
  ]);
  const seen = [
    ...arrivals.flatMap(({ bodies }) => bodies),
    ...results.flatMap(({ event }) => (event.source === 'http' ? [] : [event.messageId])),
  ];
  return [...new Set(seen)].filter((id) => !submitted.has(id));
}

function resultFindings(
  { conversations, posted, results }: TrafficHistory,
  bodyOfKey: ReadonlyMap<string, string | undefined>,
): Pick<TrafficFindings, 'untold' | 'toldOtherwise' | 'toldTwiceAsNew'> {
  const toldBodies = new Set(results.flatMap(({ event }) => bodyOfKey.get(event.key ?? '') ?? []));
  const byId = Map.groupBy(results, ({ event }) => event.messageId);
  const ended = conversations.flat().filter(({ outcome }) => outcome !== undefined);
  const unheard = posted.filter(({ status, body }) => status === 200 && !toldBodies.has(body));
  const asNew = [...byId].map(([id, told]): [string, Set<string | undefined>] => {
    const news = told.filter(({ event }) => !event.duplicate && !isUnsent(event));
    return [id, new Set(news.map(({ headers }) => headers['ce_id']))];
  });
  return {
    untold: [
      ...ended.filter(({ id }) => !byId.has(id)).map(({ id }) => id),
      ...unheard.map(({ body }) => body),
    ],
    toldOtherwise: ended
      .filter(({ id, outcome }) => {
        const told = byId.get(id);
        return told !== undefined && !told.some(({ event }) => event.outcome === outcome);
      })
      .map(({ id }) => id),
    toldTwiceAsNew: asNew.filter(([, eventIds]) => eventIds.size > 1).map(([id]) => id),
  };
}

/** Told of a call that was refused, such as at its deadline; its id is free, and its caller repeats it. */
function isUnsent({ error }: ResultEvent): boolean {
  return error?.retryable === true;
}

function doubledInCalm(doubled: readonly string[], { deliveries, troubles }: TrafficHistory): string[] {
  const ofId = new Map(deliveries.map((delivery) => [idOf(delivery.callback), delivery]));
  return doubled.filter((id) =>
    ofId
      .get(id)
      ?.attempts.every(
        ({ status, beganAtMs, endedAtMs }) =>
          status === 200 && !troubles.some(({ fromMs, toMs }) => beganAtMs <= toMs && endedAtMs >= fromMs),
      ),
  );
}

function misattributedOf(
  statuses: TrafficHistory['statuses'],
  {
    results,
    bodyOfKey,
  }: Pick<TrafficHistory, 'results'> & { readonly bodyOfKey: ReadonlyMap<string, string | undefined> },
): string[] {
  const postedIds = new Set(
    results.flatMap(({ event }) => (event.source === 'http' ? [event.messageId] : [])),
  );
  return statuses
    .filter(
      ({ event: { key, messageId } }) =>
        messageId !== undefined && !postedIds.has(messageId) && messageId !== bodyOfKey.get(key),
    )
    .map(({ event }) => idOf(event));
}
