export { Sender } from './sender.ts';
export type { AccountLimits, SenderAccount, SenderOptions, Submission, SubmitOptions } from './sender.ts';
export type { AccountState } from './account-gate.ts';
export type { Traffic } from './job.ts';
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
export type { Claim, ClaimRequest, End, KnownMessage, MessageStore, SentMessage } from './message-store.ts';
export type { WindowPolicy } from './service-window.ts';
export type { WindowObservation, WindowSeen, WindowStore } from './window-store.ts';
export { fingerprintOf } from './fingerprint.ts';
export { failureCode } from './failure-code.ts';
export { InProcessMessageStore } from './in-process-message-store.ts';
export { InProcessWindowStore } from './in-process-window-store.ts';
export type { Permit, Permits } from './permits.ts';
export { PacedPermits } from './paced-permits.ts';
export { PermitMargin } from './permit-margin.ts';
export { MAX_AHEAD_MS, MAX_LATE_MS } from './slot-clock.ts';
export type { Slot, SlotClock, SlotPace } from './slot-clock.ts';
export { LocalSlotClock } from './local-slot-clock.ts';
export { META_PAIR_LIMIT } from './recipient-pacing.ts';
export type { RecipientPace } from './recipient-pacing.ts';
export { systemClock } from './clock.ts';
export type { Clock } from './clock.ts';
