import type { TopicNames } from '../topics.ts';

/** What comes back of a message: its outcome, its delivery, and the answer to it. */
export const FOLLOWED_ROLES = ['result', 'status', 'inbound'] as const;

export type FollowedRole = (typeof FOLLOWED_ROLES)[number];

export function roleOfTopic(topics: TopicNames, topic: string): FollowedRole | undefined {
  return FOLLOWED_ROLES.find((role) => topics[role] === topic);
}

export interface FollowOptions {
  readonly topics: TopicNames;
  readonly print: (line: string) => void;
}
