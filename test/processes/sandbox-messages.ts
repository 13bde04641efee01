const TIMEOUT_MS = 5_000;

export interface SandboxMessage {
  readonly key: string;
  readonly phoneNumber: string;
  readonly body: string;
}

/** What the sandbox received, as a phone would show it, oldest first. */
export async function sandboxMessages(sandboxUrl: string): Promise<readonly SandboxMessage[]> {
  const response = await fetch(`${sandboxUrl}/sandbox/messages?limit=10000`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const { messages } = (await response.json()) as { messages: readonly SandboxMessage[] };
  return messages;
}
