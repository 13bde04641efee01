import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { Answer, Call } from './target.ts';

const TIMEOUT_MS = 10_000;
const SEND_PATH = '/v1/conversational/send';

/** One request with exactly these headers: `fetch` would add an agent where a test wants none. */
export async function httpCall(baseUrl: string, authKey: string, call: Call): Promise<Answer> {
  const { method = 'POST', path = SEND_PATH, headers = {}, body = '' } = call;
  const given: Readonly<Record<string, string | undefined>> = {
    'user-agent': 'insider-page-test/1.0',
    'x-ins-auth-key': authKey,
    'content-type': 'application/json',
    ...headers,
  };
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const outgoing = request(`${baseUrl}${path}`, {
    method,
    headers: {
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      // Node leaves it out where a method usually has no body, and what follows would be read as the next request.
      'content-length': bytes.length,
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  outgoing.end(bytes);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  const text = Buffer.concat(await incoming.toArray()).toString();
  const contentType = incoming.headers['content-type'] ?? '';
  return {
    status: incoming.statusCode ?? 0,
    contentType,
    text,
    json: text !== '' && contentType.startsWith('application/json') ? JSON.parse(text) : undefined,
  };
}
