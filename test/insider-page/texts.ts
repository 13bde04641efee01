import { expect } from '@jest/globals';
import { waitUntil } from '@parley/provisioning';
import type { Answer, Target, Told } from './target.ts';

const WAIT_MS = 10_000;

let used = 10_000;

/** One that no other test wrote to: windows and conversations belong to a number. */
export function newPhoneNumber(): string {
  used += 1;
  return `+155500${used}`;
}

/** A message as the page has it. */
export function textTo(phoneNumber: string, body = 'Hello', more: object = {}): object {
  return { phoneNumber, message: { type: 'text', text: { body, ...more } } };
}

export function keysOf(answer: Answer): readonly string[] {
  expect(answer).toMatchObject({ status: 200, json: { keys: expect.any(Array) } });
  return (answer.json as { keys: readonly string[] }).keys;
}

/** Sends one text and returns its key. */
export async function sendText(target: Target, phoneNumber: string, body?: string): Promise<string> {
  const [key] = keysOf(await target.call({ body: { messages: [textTo(phoneNumber, body)] } }));
  if (key === undefined) throw new Error('no key');
  return key;
}

/** Refused as wrong, and nothing of it executed. */
export async function expectInvalid(target: Target, body: unknown, field: string): Promise<void> {
  const before = await target.provider.total();
  const answer = await target.call({ body });
  expect(answer).toMatchObject({ status: 400, json: { error: { code: 2002 }, errorCode: '2002' } });
  expect((answer.json as { errors: string }).errors).toContain(`Key: '${field}'`);
  expect(await target.provider.total()).toBe(before);
}

/** Refused as unauthorized, and nothing of it executed. */
export async function expectUnauthorized(target: Target, answering: Promise<Answer>): Promise<void> {
  expect(await answering).toMatchObject({ status: 401, json: { message: 'unauthorized' } });
  expect(await target.provider.total()).toBe(0);
}

/** @throws Error when it does not come to hold in time */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  await waitUntil(async () => condition(), { signal: AbortSignal.timeout(WAIT_MS), everyMs: 5 });
}

/** What was told of a message, once it has the last of these statuses. */
export async function toldUntil(
  target: Target,
  key: string,
  last: Told['status'],
): Promise<readonly Told['status'][]> {
  await eventually(() => target.told(key).some(({ status }) => status === last));
  return target.told(key).map(({ status }) => status);
}
