import { MessageStatus, SendOutcome } from '@parley/contracts';
import type { GetMessageResponse, SendResult, WireStatusEvent } from '@parley/contracts';

/** How sending a message ended, as one line. */
export function describeResult({ messageId, outcome, key, error, duplicate }: SendResult): string {
  const told = [nameOf(SendOutcome, outcome, 'SEND_OUTCOME_'), `id=${messageId}`];
  if (key !== '') told.push(`key=${key}`);
  if (duplicate) told.push('(settled before)');
  if (error)
    told.push(
      `${error.reason}: ${error.message}`,
      error.retryable ? '(try again later)' : '(do not retry as it is)',
    );
  return told.join('  ');
}

/** One status of one message, as one line. */
export function describeEvent({ messageId, account, key, status, time, error }: WireStatusEvent): string {
  const moment = new Date((time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6);
  const told = [moment.toISOString(), nameOf(MessageStatus, status, 'MESSAGE_STATUS_').padEnd(9)];
  if (messageId !== '') told.push(`id=${messageId}`);
  if (key !== '') told.push(`key=${key}`);
  told.push(`account=${account}`);
  if (error) told.push(`${error.reason}: ${error.message}`);
  return told.join('  ');
}

/** Everything that is known of a message: its state, how sending it ended, its history. */
export function describeMessage(message: GetMessageResponse): string[] {
  const { messageId, key, status, history, attempts, result } = message;
  const state = nameOf(MessageStatus, status, 'MESSAGE_STATUS_');
  const told = [status === MessageStatus.MESSAGE_STATUS_UNSPECIFIED ? 'NO STATUS YET' : state];
  if (messageId !== '') told.push(`id=${messageId}`);
  if (key !== '') told.push(`key=${key}`);
  told.push(`attempts=${attempts}`);
  return [
    told.join('  '),
    ...(result ? [`  sending: ${describeResult(result)}`] : []),
    ...history.map((event) => `  ${describeEvent(event)}`),
  ];
}

function nameOf(names: Readonly<Record<string, number | string>>, value: number, prefix: string): string {
  const name = Object.entries(names).find(([, each]) => each === value)?.[0] ?? 'UNRECOGNIZED';
  return name.replace(prefix, '');
}
