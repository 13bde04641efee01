import type { Said } from './conversation.ts';
import type { Arrival } from './recording-provider.ts';

/** One kill of one replica. */
export interface Kill {
  readonly replica: string;
  /** Before it the replica was surely alive. On the machine's monotonic clock, as all moments here. */
  readonly beganAtMs: number;
  /** From then on it was surely dead. */
  readonly goneAtMs: number;
  /** When its next life was ready: what came from it before is of the life that ended here. */
  readonly readyAgainAtMs: number;
}

export interface Records {
  /** Each conversation's messages, in the order of saying. */
  readonly conversations: readonly (readonly Said[])[];
  readonly arrivals: readonly Arrival[];
  readonly kills: readonly Kill[];
  /** Ids that a log line named as ambiguous. */
  readonly flagged: ReadonlySet<string>;
}

export interface KillFindings {
  /** Kills that cut a request off its answer. */
  readonly killsInFlight: number;
  /** How many messages ended how, by policy and outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Ids without an outcome. */
  readonly open: readonly string[];
  /** Ids that were accepted and never arrived. */
  readonly lost: readonly string[];
  /** Ids that arrived more than once, although they were to be reported. */
  readonly doubledReports: readonly string[];
  /** Ids that arrived more than once, as they were to be resent. */
  readonly doubledResends: readonly string[];
  /** Those of them that no log line named. */
  readonly doubledUnflagged: readonly string[];
  /** Requests of which at least one message arrived again later. */
  readonly requestsDoubled: number;
  /** The most of them in one life of a process. */
  readonly mostRequestsDoubled: number;
  /**
   * Ids that ended as unknown although no kill explains it: they arrived in a request that was not the last one of a
   * life, or arrived nowhere and were in no call that a kill cut.
   */
  readonly unknownUnexplained: readonly string[];
  /** Ids that ended as unknown and arrived nowhere. */
  readonly unknownUnsent: readonly string[];
  /** The most of them that only one and the same kill explains. */
  readonly mostUnknownOfOneKill: number;
  /** Ids that first arrived after one of a later call of their conversation. */
  readonly overtaken: readonly string[];
  /** Ids that first arrived after a later one of their own call. */
  readonly overtakenInCall: readonly string[];
  /** The most requests that surely arrived within a second, wherever it begins. */
  readonly worstSecond: number;
  /** The same by when they were seen: more when the provider was kept from looking, as busy machines do. */
  readonly worstSecondAsSeen: number;
}

/** Holds what the callers were told against what the provider saw. */
export function killFindings({ conversations, arrivals, kills, flagged }: Records): KillFindings {
  const said = conversations.flat();
  const places = placesOf(arrivals);
  const timesArrived = (id: string): number => places.get(id)?.length ?? 0;
  const doubled = said.filter(({ id }) => timesArrived(id) > 1);
  const arrivedAgain = doubled.flatMap(({ id }) => places.get(id)?.slice(0, -1) ?? []);
  const requestsDoubled = [...new Set(arrivedAgain.map(({ request }) => request))];
  const doubledResends = idsOf(doubled.filter(({ policy }) => policy === 'resend'));
  return {
    killsInFlight: new Set(arrivals.filter(({ wasCut }) => wasCut).map((cut) => lifeOf(cut, kills))).size,
    outcomes: countBy(said.map(({ policy, outcome = 'none' }) => `${policy} ${outcome}`)),
    open: idsOf(said.filter(({ outcome }) => outcome === undefined)),
    lost: idsOf(said.filter(({ id, outcome }) => outcome === 'ACCEPTED' && timesArrived(id) === 0)),
    doubledReports: idsOf(doubled.filter(({ policy }) => policy === 'report')),
    doubledResends,
    doubledUnflagged: doubledResends.filter((id) => !flagged.has(id)),
    requestsDoubled: requestsDoubled.length,
    mostRequestsDoubled: mostOfOneLife(requestsDoubled, { arrivals, kills }),
    ...unknownFindings(said, { arrivals, kills, places }),
    overtaken: overtakenBy(conversations, places, (later, { call }) => later.call > call),
    overtakenInCall: overtakenBy(conversations, places, (later, { call }) => later.call === call),
    worstSecond: worstSecond(arrivals, ({ notBeforeMs }) => notBeforeMs),
    worstSecondAsSeen: worstSecond(arrivals, ({ atMs }) => atMs),
  };
}

/** Where a message arrived: the request's place among all, and its own in the request. */
interface Place {
  readonly request: number;
  readonly position: number;
}

function placesOf(arrivals: readonly Arrival[]): ReadonlyMap<string, readonly Place[]> {
  const places = new Map<string, Place[]>();
  for (const [request, { bodies }] of arrivals.entries()) {
    for (const [position, body] of bodies.entries()) {
      places.set(body, [...(places.get(body) ?? []), { request, position }]);
    }
  }
  return places;
}

/** The process, and which of its lives, counted by the kills that ended them. */
function lifeOf({ from, atMs }: Arrival, kills: readonly Kill[]): string {
  const before = kills.filter(({ replica, readyAgainAtMs }) => replica === from && readyAgainAtMs <= atMs);
  return `${from}-${before.length}`;
}

function mostOfOneLife(
  requests: readonly number[],
  { arrivals, kills }: Pick<Records, 'arrivals' | 'kills'>,
): number {
  const lives = requests
    .flatMap((request) => arrivals[request] ?? [])
    .map((arrival) => lifeOf(arrival, kills));
  return Math.max(0, ...Object.values(countBy(lives)));
}

function unknownFindings(
  said: readonly Said[],
  {
    arrivals,
    kills,
    places,
  }: Pick<Records, 'arrivals' | 'kills'> & { readonly places: ReadonlyMap<string, readonly Place[]> },
): Pick<KillFindings, 'unknownUnexplained' | 'unknownUnsent' | 'mostUnknownOfOneKill'> {
  const unknown = said.filter(({ outcome }) => outcome === 'UNKNOWN');
  const inFlight = inFlightAtKills(arrivals, kills);
  const arrived = unknown.filter(({ id }) => places.has(id));
  const arrivedOtherwise = arrived.filter(
    ({ id }) => places.get(id)?.every(({ request }) => !inFlight.has(request)) ?? true,
  );
  const cutOnly = unknown
    .filter(({ id }) => !places.has(id))
    .map((message) => ({ message, cuts: kills.filter((kill) => wasCutBy(message, kill)) }));
  const ofOneKill = cutOnly.flatMap(({ cuts }) => (cuts.length === 1 ? cuts : []));
  return {
    unknownUnexplained: idsOf([
      ...arrivedOtherwise,
      ...cutOnly.filter(({ cuts }) => cuts.length === 0).map(({ message }) => message),
    ]),
    unknownUnsent: idsOf(cutOnly.map(({ message }) => message)),
    mostUnknownOfOneKill: Math.max(0, ...[...Map.groupBy(ofOneKill, (kill) => kill).values()].map(lengthOf)),
  };
}

/**
 * Places of requests that may have been in flight when their process was killed: those without an answer, and the last
 * one of each life, whose answer may not have been kept.
 */
function inFlightAtKills(arrivals: readonly Arrival[], kills: readonly Kill[]): ReadonlySet<number> {
  const lastOfLife = new Map<string, number>();
  for (const [request, arrival] of arrivals.entries()) {
    if (kills.some(({ replica, beganAtMs }) => replica === arrival.from && beganAtMs >= arrival.atMs)) {
      lastOfLife.set(lifeOf(arrival, kills), request);
    }
  }
  const cut = arrivals.flatMap(({ wasCut }, request) => (wasCut ? [request] : []));
  return new Set([...cut, ...lastOfLife.values()]);
}

function wasCutBy({ calls }: Said, { replica, beganAtMs, goneAtMs }: Kill): boolean {
  return calls.some((call) => call.replica === replica && call.fromMs <= goneAtMs && call.toMs >= beganAtMs);
}

function overtakenBy(
  conversations: readonly (readonly Said[])[],
  places: ReadonlyMap<string, readonly Place[]>,
  counts: (later: Said, earlier: Said) => boolean,
): string[] {
  return conversations.flatMap((conversation) => {
    const arrived = conversation.filter(({ id }) => places.has(id));
    const isBefore = (one: Said, other: Said): boolean =>
      comparePlaces(places.get(one.id)?.[0], places.get(other.id)?.[0]) < 0;
    const overtaken = arrived.filter((earlier, index) =>
      arrived
        .slice(index + 1, index + 1 + FURTHEST_OVERTAKING)
        .some((later) => counts(later, earlier) && isBefore(later, earlier)),
    );
    return idsOf(overtaken);
  });
}

/** In messages of one conversation: those of several calls. */
const FURTHEST_OVERTAKING = 20;

function comparePlaces(one: Place = NOWHERE, other: Place = NOWHERE): number {
  return one.request - other.request || one.position - other.position;
}

const NOWHERE: Place = { request: Infinity, position: 0 };

function worstSecond(arrivals: readonly Arrival[], beginsMs: (first: Arrival) => number): number {
  const seenMs = arrivals.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
  const counts = arrivals.map((first) => {
    const endMs = beginsMs(first) + 1_000;
    return seenMs.filter((atMs) => atMs >= first.atMs && atMs < endMs).length;
  });
  return Math.max(0, ...counts);
}

function idsOf(messages: readonly Said[]): string[] {
  return messages.map(({ id }) => id);
}

function lengthOf(values: readonly unknown[]): number {
  return values.length;
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
