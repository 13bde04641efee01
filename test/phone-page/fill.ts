const REQUEST_TIMEOUT_MS = 10_000;

export const CONVERSATIONS = 1_000;
export const MESSAGES = 10_000;
const PER_REQUEST = 100;

/** The number of a conversation, from 0 on. */
export function numberOf(conversation: number): string {
  return `+1555${String(conversation % CONVERSATIONS).padStart(7, '0')}`;
}

/** A request of texts to conversations one after the other, from the given one on. */
export function requestBody(first: number, count: number): string {
  const messages = Array.from({ length: count }, (_, index) => {
    const body = `Message *${first + index}* of many, _so that there is something to read_ at https://example.com/${index}`;
    return { phoneNumber: numberOf(first + index), message: { type: 'text', text: { body } } };
  });
  return JSON.stringify({ messages });
}

/** 10,000 messages in 1,000 conversations, to a sandbox that has its limit off. */
export async function fill(sandboxUrl: string, authKey: string): Promise<void> {
  for (let first = 0; first < MESSAGES; first += PER_REQUEST) {
    const response = await fetch(`${sandboxUrl}/v1/conversational/send`, {
      method: 'POST',
      headers: { 'x-ins-auth-key': authKey, 'content-type': 'application/json', 'user-agent': 'parley-test' },
      body: requestBody(first, PER_REQUEST),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`the sandbox answered ${response.status}: ${await response.text()}`);
    await response.body?.cancel();
  }
}
