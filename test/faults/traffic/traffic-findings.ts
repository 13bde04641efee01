import { resultOf, toldTwiceAsNew } from '../consumer/settled-records.ts';
import type { ReadRecord } from '../consumer/settled-records.ts';
import type { Arrival } from '../faulty-provider.ts';
import type { Said } from '../kill/conversation.ts';
import { killFindings } from '../kill/kill-findings.ts';
import type { HttpCall } from './http-caller.ts';

export interface TrafficRecords {
  /** What was said by gRPC and by records, to each recipient in the order of saying. */
  readonly conversations: readonly (readonly Said[])[];
  readonly httpCalls: readonly HttpCall[];
  readonly arrivals: readonly Arrival[];
  /** The whole result topic. */
  readonly results: readonly ReadRecord[];
  /** Ids that a log line named as ambiguous. */
  readonly flagged: ReadonlySet<string>;
}

/** What the comparison of all books found wrong: ids. */
export interface TrafficFindings {
  /** Without an end. */
  readonly open: readonly string[];
  /** Told as accepted, and never taken by the provider. */
  readonly lost: readonly string[];
  /** At the provider, and never submitted. */
  readonly phantom: readonly string[];
  /** Neither accepted nor unknown. */
  readonly endedOtherwise: readonly string[];
  /** Told as unknown, or taken more than once, and no log line named it as ambiguous. */
  readonly unflagged: readonly string[];
  /** Taken more than once, although it was to be reported. */
  readonly doubledReports: readonly string[];
  /** Taken before one that was said earlier to the same recipient. */
  readonly disordered: readonly string[];
  /** Ended, and without a result event. */
  readonly untold: readonly string[];
  /** Told to have ended twice, neither as a repetition, and no log line named it as ambiguous. */
  readonly toldTwice: readonly string[];
}

export const NOTHING_WRONG: TrafficFindings = {
  open: [],
  lost: [],
  phantom: [],
  endedOtherwise: [],
  unflagged: [],
  doubledReports: [],
  disordered: [],
  untold: [],
  toldTwice: [],
};

/** Holds what callers, the provider and the readers of the result topic saw against each other. */
export function trafficFindings(records: TrafficRecords): TrafficFindings {
  const { conversations, httpCalls, arrivals, results, flagged } = records;
  const said = conversations.flat();
  const taken = arrivals.filter((arrival) => arrival.taken);
  const takenIds = new Set(taken.flatMap(({ ids }) => ids));
  const submitted = new Set([...said, ...httpCalls].map(({ id }) => id));
  const told = new Set(results.map((result) => resultOf(result).messageId));
  const found = killFindings({ conversations, arrivals: taken.map(asRecorded), kills: [], flagged });
  const unknown = said.filter(({ outcome }) => outcome === 'UNKNOWN');
  const acceptedByHttp = httpCalls.filter(({ status }) => status === 200).map(({ id }) => id);
  return {
    open: found.open,
    lost: [...found.lost, ...acceptedByHttp.filter((id) => !takenIds.has(id))],
    phantom: [...new Set(arrivals.flatMap(({ ids }) => ids))].filter((id) => !submitted.has(id)),
    endedOtherwise: idsOf(said.filter(({ outcome }) => !EXPECTED.has(outcome))),
    unflagged: [...found.doubledUnflagged, ...idsOf(unknown).filter((id) => !flagged.has(id))],
    doubledReports: found.doubledReports,
    disordered: [...found.overtaken, ...found.overtakenInCall],
    untold: idsOf(said.filter(({ id, outcome }) => outcome !== undefined && !told.has(id))),
    toldTwice: toldTwiceAsNew(results).filter((id) => !flagged.has(id)),
  };
}

const EXPECTED = new Set(['ACCEPTED', 'UNKNOWN', undefined]);

function asRecorded({ atMs, headers, ids }: Arrival): Parameters<typeof killFindings>[0]['arrivals'][number] {
  return { atMs, notBeforeMs: atMs, from: headers['user-agent'] ?? '', bodies: ids, wasCut: false };
}

function idsOf(said: readonly Said[]): string[] {
  return said.map(({ id }) => id);
}
