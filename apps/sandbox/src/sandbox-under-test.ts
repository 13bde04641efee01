import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import 'reflect-metadata';
import { request } from 'undici';
import { closing } from './callbacks/receiver-under-test.ts';
import { Configuration } from './configuration/configuration.ts';
import { createSandbox } from './sandbox.ts';
import { Settings } from './settings/settings.ts';

export const KEY = 'INS.test';
export const USER = '+15550001234';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly json: unknown;
}

interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** A sandbox on its own port, closed at the end of the test. */
export class SandboxUnderTest {
  readonly #application: NestFastifyApplication;
  readonly url: string;

  private constructor(application: NestFastifyApplication, url: string) {
    this.#application = application;
    this.url = url;
  }

  static async start(options: Partial<Configuration & Settings> = {}): Promise<SandboxUnderTest> {
    const application = await createSandbox(
      Object.assign(new Configuration(), { authKey: KEY, ...options }),
      Object.assign(new Settings(), { enforceWindow: false, ...options }),
    );
    await application.listen({ host: '127.0.0.1', port: 0 });
    const sandbox = new SandboxUnderTest(application, await application.getUrl());
    closing.push(() => sandbox.close());
    return sandbox;
  }

  close(): Promise<void> {
    return this.#application.close();
  }

  async call(path: string, { method = 'GET', headers = {}, body }: Call = {}): Promise<Answer> {
    const response = await request(`${this.url}${path}`, {
      method,
      headers: { 'user-agent': 'test', 'content-type': 'application/json', ...headers },
      body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
    });
    const text = await response.body.text();
    const type = String(response.headers['content-type'] ?? '');
    return {
      status: response.statusCode,
      type,
      text,
      json: type.startsWith('application/json') ? (JSON.parse(text) as unknown) : undefined,
    };
  }

  send(body: unknown = { messages: [message()] }, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call('/v1/conversational/send', {
      method: 'POST',
      headers: { 'x-ins-auth-key': KEY, 'content-type': 'application/json', ...headers },
      body,
    });
  }

  async received(query = ''): Promise<{ total: number; messages: readonly Record<string, unknown>[] }> {
    return (await this.call(`/sandbox/messages${query}`)).json as never;
  }
}

/** A text as a request carries it. */
export function message(body = 'hello', phoneNumber = USER): object {
  return { phoneNumber, message: { type: 'text', text: { body } } };
}
