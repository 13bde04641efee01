import { CONVERSATIONAL_SERVICE } from '@parley/contracts';
import { encodeRequest } from '@parley/testing/gateway-client';
import { eachOf } from '../fuzz/raw-exchange.ts';
import { RawGrpc } from '../fuzz/raw-grpc.ts';
import { CANARIES } from './canaries.ts';

const ASK_TIMEOUT_MS = 20_000;
const { callerToken, callbackToken, body, metadata, phoneNumber } = CANARIES;

/** The doors of a gateway, for somebody who writes down all that he is told there. */
export class Doors {
  /** Whatever callers, the provider and those who scrape were told. */
  readonly told: string[] = [];
  readonly #httpUrl: string;
  readonly #grpc: RawGrpc;

  constructor({ httpUrl, grpcAddress }: { readonly httpUrl: string; readonly grpcAddress: string }) {
    this.#httpUrl = httpUrl;
    this.#grpc = new RawGrpc(grpcAddress, ASK_TIMEOUT_MS);
  }

  close(): void {
    this.#grpc.close();
  }

  /** What is right and what is wrong, by each door, with canaries wherever a caller or the provider may put them. */
  async tryEach(name: string): Promise<void> {
    const text = { messageId: `grpc-${name}`, phoneNumber, text: { body }, metadata: { it: metadata } };
    const invalid = { ...text, messageId: 'x', phoneNumber: `${phoneNumber}00000` };
    await this.#call('SendConversational', { messages: [text] });
    await this.#call('SendConversational', { messages: [invalid] });
    await this.#call('SendConversational', {
      messages: [{ ...text, metadata: { it: metadata.repeat(50) } }],
    });
    await this.#call('SendConversational', { account: body, messages: [text] });
    await this.#call('SendConversational', { messages: [text] }, `${callerToken}-not-quite`);
    await this.#call('SendConversational', { messages: [text] }, `${callerToken}ö`);
    await this.#call('GetMessage', { key: `${metadata}-unknown` });
    await this.#call('WatchMessages', { messageIds: [body, 'x'.repeat(200)] });
    for (const number of [phoneNumber, `${phoneNumber}00000`]) {
      const message = { phoneNumber: number, message: { type: 'text', text: { body } } };
      await this.ask('/v1/conversational/send', {
        headers: { 'x-ins-auth-key': callerToken },
        body: { messages: [message] },
      });
      await this.ask('/v1/conversational/send', {
        headers: { 'x-ins-auth-key': `${callerToken}x` },
        body: { messages: [message] },
      });
    }
    await this.#callback({
      id: 'wamid.2',
      status: 'failed',
      recipient_id: phoneNumber.slice(1),
      errors: [{ title: body }],
    });
    await this.#callback({ nobody: `reads ${body} of ${phoneNumber}` });
    const event = { messageId: `kafka-${name}`, phoneNumber, text: { body }, metadata: { it: metadata } };
    for (const value of [
      event,
      { ...event, phoneNumber: `${phoneNumber}0000` },
      { ...event, metadata },
      [event],
    ]) {
      await this.ask('/dev/bus/whatsapp.conversational.send.v1', { body: value });
    }
    await this.ask('/metrics');
    await this.ask(`/nowhere/${encodeURIComponent(name)}`);
  }

  /** Numbers, ids, accounts, methods and routes, all of them different, by every door. */
  async strangers(from: number, to: number): Promise<void> {
    await eachOf(
      Array.from({ length: to - from }, (_, nth) => from + nth),
      async (nth) => {
        const text = {
          messageId: `stranger-${nth}`,
          phoneNumber: `+1415${2_000_000 + nth}`,
          text: { body: 'x' },
        };
        await this.#call('SendConversational', { messages: [text] });
        await this.#call('SendConversational', { account: `stranger-${nth}`, messages: [text] });
        await this.#call('SendConversational', {}, callerToken, `/stranger/${nth}`);
        if (nth % 10 === 0) await this.ask(`/callbacks/insider/stranger-${nth}`, { body: {} });
        if (nth % 10 === 1) await this.ask(`/stranger/${nth}`, { body: {} });
      },
      16,
    );
  }

  /** @returns the answer's headers and body */
  async ask(
    path: string,
    post?: { readonly headers?: Record<string, string>; readonly body: unknown },
  ): Promise<string> {
    const answer = await fetch(`${this.#httpUrl}${path}`, {
      ...(post && {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...post.headers },
        body: JSON.stringify(post.body),
      }),
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    const text = `${JSON.stringify([...answer.headers])} ${await answer.text()}`;
    this.told.push(text);
    return text;
  }

  async #callback(content: object): Promise<void> {
    for (const token of [callbackToken, `${callbackToken}-not-quite`]) {
      await this.ask('/callbacks/insider/default', {
        headers: { authorization: `Bearer ${token}` },
        body: content,
      });
    }
  }

  async #call(
    method: string,
    request: object,
    token: string = callerToken,
    path = `/${CONVERSATIONAL_SERVICE}/${method}`,
  ): Promise<void> {
    const bytes = encodeRequest(method, request);
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(bytes.length, 1);
    const headers = { authorization: `Bearer ${token}` };
    const answer = await this.#grpc.call({ path, headers, pieces: [prefix, bytes], isCall: true });
    this.told.push(answer.told);
  }
}
