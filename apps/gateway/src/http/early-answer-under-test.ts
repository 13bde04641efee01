import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** What is answered to a POST of which only the headers are sent. */
export async function answerBeforeBody(
  url: string,
  path: string,
  headers: Record<string, string | number>,
): Promise<{ status: number | undefined; answerHeaders: IncomingHttpHeaders; body: unknown }> {
  const outgoing = request(url, { method: 'POST', path, headers });
  outgoing.flushHeaders();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  outgoing.on('error', () => undefined);
  const [text] = (await once(response, 'data')) as [Buffer];
  outgoing.destroy();
  return { status: response.statusCode, answerHeaders: response.headers, body: JSON.parse(String(text)) };
}
