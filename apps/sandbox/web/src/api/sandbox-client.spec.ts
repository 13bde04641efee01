import { describe, expect, it } from '@jest/globals';
import { SandboxClient } from './sandbox-client.ts';

function answering(response: Response | Error): { client: SandboxClient; calls: Request[] } {
  const calls: Request[] = [];
  const client = new SandboxClient(((path: string, init?: RequestInit) => {
    calls.push(new Request(`http://sandbox${path}`, init));
    return response instanceof Error ? Promise.reject(response) : Promise.resolve(response);
  }) as typeof fetch);
  return { client, calls };
}

describe('SandboxClient', () => {
  it('escapes what it puts into an address', async () => {
    const { client, calls } = answering(Response.json({}));
    await client.conversation('+1/../reset?', { limit: 50 });
    expect(calls[0]?.url).toBe('http://sandbox/sandbox/conversations/%2B1%2F..%2Freset%3F?limit=50');
  });

  it('sends JSON, and says so', async () => {
    const { client, calls } = answering(new Response(undefined, { status: 204 }));
    expect(await client.removeAllFaults()).toEqual({ kind: 'ok', value: undefined });
    expect(calls[0]?.method).toBe('DELETE');
    expect(calls[0]?.headers.get('content-type')).toBe('application/json');
  });

  it('hands on the sandbox’s own words, one or several', async () => {
    const refusal = { message: ['text is empty', 'phoneNumber is missing'] };
    const { client } = answering(Response.json(refusal, { status: 400 }));
    expect(await client.write('', '')).toEqual({
      kind: 'failed',
      message: 'text is empty; phoneNumber is missing',
    });
  });

  it('tells what is not there from what went wrong', async () => {
    expect(
      await answering(Response.json({ message: 'gone' }, { status: 404 })).client.message('key'),
    ).toEqual({
      kind: 'missing',
      message: 'gone',
    });
    const { client } = answering(new Response('<html>', { status: 502 }));
    expect(await client.settings()).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('502'),
    });
  });

  it('never throws, also when there is nobody, or no JSON', async () => {
    expect(await answering(new TypeError('fetch failed')).client.faults()).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('still runs'),
    });
    expect(await answering(new Response('<html>')).client.faults()).toMatchObject({ kind: 'failed' });
  });

  it('is silent about what was called off', async () => {
    const { client } = answering(new DOMException('stopped', 'AbortError'));
    expect(await client.faults(AbortSignal.abort())).toEqual({ kind: 'cancelled' });
  });
});
