import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OtlpCollector } from './otlp-collector.ts';

/** As an exporter writes it. */
function exported(spanId: string): string {
  const span = {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId,
    parentSpanId: '00f067aa0ba902b7',
    name: 'request',
    kind: 3,
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000000000500000',
    attributes: [
      { key: 'messages', value: { intValue: 3 } },
      { key: 'ids', value: { arrayValue: { values: [{ stringValue: 'a' }] } } },
    ],
    links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), attributes: [] }],
    status: { code: 2 },
  };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'gateway' } }] };
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: {}, spans: [span] }] }] });
}

let folder: string;
let collector: OtlpCollector;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-collector-'));
  collector = await OtlpCollector.listen({ file: join(folder, 'traces.jsonl'), maxSpans: 2 });
});

afterEach(async () => {
  await collector.close();
  await rm(folder, { recursive: true, force: true });
});

async function post(body: string, path = '/v1/traces'): Promise<number> {
  const response = await fetch(`${collector.url}${path}`, { method: 'POST', body });
  await response.body?.cancel();
  return response.status;
}

describe('the collector', () => {
  it('keeps what was exported as plain spans', async () => {
    expect(await post(exported('1'.repeat(16)))).toBe(200);
    expect(collector.trace('4bf92f3577b34da6a3ce929d0e0e4736')).toEqual([
      {
        service: 'gateway',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId: '1'.repeat(16),
        parentSpanId: '00f067aa0ba902b7',
        name: 'request',
        kind: 'client',
        startNs: 1700000000000000000n,
        endNs: 1700000000000500000n,
        attributes: { messages: 3, ids: ['a'] },
        links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }],
        isError: true,
      },
    ]);
  });

  it('forgets the oldest beyond its bound, and has all of them in its file', async () => {
    for (const digit of ['1', '2', '3']) await post(exported(digit.repeat(16)));
    expect(collector.spans.map(({ spanId }) => spanId[0])).toEqual(['2', '3']);
    await collector.close();
    const lines = (await readFile(join(folder, 'traces.jsonl'), 'utf8')).trim().split('\n');
    expect(lines).toEqual(['1', '2', '3'].map((digit) => exported(digit.repeat(16))));
    collector = await OtlpCollector.listen();
  });

  it('refuses what it cannot read, and what is no trace', async () => {
    expect(await post('\x0a\x00')).toBe(400);
    expect(await post('{}', '/v1/metrics')).toBe(404);
    expect(collector.unreadable).toBe(1);
  });
});
