import type { WindowSeen } from './window-store.ts';

/**
 * When a text is refused because its recipient's window is closed.
 *
 * `off`: never. `known`: when it is known that the recipient wrote, and that this window is over; one who was never seen
 * writing gets the text, since it may be that nobody tells this gateway of inbound messages. `strict`: unless the window is
 * known to be open.
 */
export type WindowPolicy = 'off' | 'known' | 'strict';

/** For so long after a user wrote may texts be sent freely (Insider's page on sending a conversational text). */
const WINDOW_MS = 24 * 60 * 60 * 1000;

/**
 * Whether the policy refuses a text at `nowMs`.
 *
 * The moments seen are the provider's and `nowMs` is this machine's: while its clock is ahead, windows seem to close so
 * much too early, while it is behind, so much too late, and then the provider refuses (131047).
 */
export function refusesText(policy: WindowPolicy, seen: WindowSeen | undefined, nowMs: number): boolean {
  if (policy === 'off' || isOpen(seen ?? {}, nowMs)) return false;
  return policy === 'strict' || seen?.inboundMs !== undefined;
}

function isOpen({ inboundMs, closedMs }: WindowSeen, nowMs: number): boolean {
  if (inboundMs === undefined || nowMs - inboundMs >= WINDOW_MS) return false;
  // The provider's moments are whole seconds: of two in the same one, the user is believed.
  return closedMs === undefined || inboundMs >= closedMs;
}
