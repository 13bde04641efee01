import type { InboundEvent, ResultEvent, StatusEvent } from '@parley/contracts';
import type { FollowedRole } from './followed-roles.ts';

/**
 * One readable line about an event for people at a terminal. Phone numbers are masked and message texts left out: a
 * terminal is copied into tickets.
 */
export function eventLine(role: FollowedRole, value: string): string {
  let event: unknown;
  try {
    event = JSON.parse(value);
  } catch {
    return columns(role, ['(not JSON)']);
  }
  if (typeof event !== 'object' || event === null) return columns(role, ['(not an event)']);
  if (role === 'result') return resultLine(event);
  if (role === 'status') return statusLine(event);
  return inboundLine(event);
}

/** `+14155550100` as `+1415•••0100`; a number too short for that shows its last two digits only. */
export function maskPhone(phoneNumber: string): string {
  if (phoneNumber.length < 10) return `•••${phoneNumber.slice(-2)}`;
  return `${phoneNumber.slice(0, 5)}•••${phoneNumber.slice(-4)}`;
}

function resultLine({
  messageId,
  outcome,
  key,
  error,
  phoneNumber,
  duplicate,
}: Partial<ResultEvent>): string {
  return columns('result', [
    messageId,
    outcome,
    key && `key=${key}`,
    error && `${error.reason}: ${error.message}`,
    phoneNumber && maskPhone(phoneNumber),
    duplicate ? '(settled before)' : undefined,
  ]);
}

function statusLine({ messageId, status, key, error, phoneNumber }: Partial<StatusEvent>): string {
  return columns('status', [
    messageId,
    status,
    key && `key=${key}`,
    error && `${error.code} ${error.title}`,
    phoneNumber && maskPhone(phoneNumber),
  ]);
}

function inboundLine({ wamid, type, text, phoneNumber }: Partial<InboundEvent>): string {
  return columns('inbound', [
    wamid,
    type,
    text === undefined ? undefined : `${text.length} characters`,
    phoneNumber && maskPhone(phoneNumber),
  ]);
}

function columns(role: FollowedRole, parts: readonly (string | undefined)[]): string {
  return [role.padEnd(7), ...parts.filter(Boolean)].join('  ');
}
