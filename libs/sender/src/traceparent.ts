import { randomUUID } from 'node:crypto';

/** W3C Trace Context, version 00: trace id, parent id, flags; neither id is all zeros. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The trace that a message belongs to: the one given, or a new one when there is none. One that cannot be read is none
 * (W3C Trace Context, section 4.3), and never a reason to refuse a message.
 */
export function traceparentOf(given: unknown): string {
  return typeof given === 'string' && TRACEPARENT.test(given) ? given : newTraceparent();
}

/** Not sampled: nobody recorded its beginning. A UUID’s version and variant keep both ids from being all zeros. */
function newTraceparent(): string {
  const [traceId, parentId] = [randomUUID(), randomUUID()].map((uuid) => uuid.replaceAll('-', ''));
  return `00-${traceId}-${parentId?.slice(8, 24)}-00`;
}
