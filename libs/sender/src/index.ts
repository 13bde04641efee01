export { Sender } from './sender.ts';
export type { SenderAccount, SenderOptions, Submission } from './sender.ts';
export type { AccountState } from './account-gate.ts';
export type { WhenBlocked } from './job.ts';
export { readMessage } from './message.ts';
export type {
  AmbiguousSends,
  DraftField,
  MessageDefaults,
  MessageDraft,
  MessageReading,
  OutboundMessage,
  Violation,
} from './message.ts';
export type { Outcome, Settlement, SubmissionResult, Unsent } from './outcome.ts';
export { REASONS, sendError } from './reasons.ts';
export type { Reason, SendError } from './reasons.ts';
export type { SenderEvent } from './events.ts';

// What a process brings along: the provider, and stores that may be shared between replicas.
export type { Provider, ProviderAnswer } from './provider.ts';
export type { Claim, MessageStore, SentMessage } from './message-store.ts';
export { InProcessMessageStore } from './in-process-message-store.ts';
export type { Permits } from './permits.ts';
export { PacedPermits } from './paced-permits.ts';
export { systemClock } from './clock.ts';
export type { Clock } from './clock.ts';
