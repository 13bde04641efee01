import type { Entry } from '../api/answers.ts';

/** What tells one text of a conversation from another. */
export function entryId({ outbound, inbound }: Entry): string {
  return outbound?.key ?? inbound?.wamid ?? '';
}

export function entryTime({ outbound, inbound }: Entry): string {
  return outbound?.receivedTime ?? inbound?.time ?? '';
}

export function entryText({ outbound, inbound }: Entry): string {
  return outbound?.body ?? inbound?.text ?? '';
}
