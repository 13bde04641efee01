import { describe, expect, it } from '@jest/globals';
import { until } from '@parley/testing';
import { atRate, sendUntilEnded } from './caller.ts';
import { FaultyProvider, accept, answer } from './faulty-provider.ts';
import type { Behaviour } from './faulty-provider.ts';
import type { Text } from '@parley/testing/gateway-client';
import { GatewayProcess } from './gateway-process.ts';
import { Ledger, NO_DISCREPANCIES } from './ledger.ts';
import { textOf, textsOf } from './texts.ts';

const TEST_TIMEOUT_MS = 60_000;
const WAIT_TIMEOUT_MS = 40_000;
/** Three probes. */
const CALLERS_TIMEOUT_MS = 10_000;
const RECORDS = 30;
/** After 1 and 3 seconds; then the account is let in. */
const PROBES = 2;
/** Requests that left before the first refusal was there may arrive so long after the first. */
const IN_FLIGHT_MS = 500;

const EDGE_PAGE = '<!DOCTYPE html><html><title>Attention Required! | Cloudflare</title></html>';

interface Refusal {
  readonly reason: string;
  /** Of the provider's error, when it has one: what its own clients look at. */
  readonly providerCode?: string;
  readonly refuse: Behaviour;
}

const REFUSED: readonly (Refusal & { readonly told: string })[] = [
  {
    told: '401',
    reason: 'PROVIDER_UNAUTHORIZED',
    refuse: (_, response) => answer(response, 401, { message: 'Unauthorized' }),
  },
  {
    told: '403 with the code of a restricted address',
    reason: 'PROVIDER_IP_RESTRICTED',
    providerCode: '1088',
    refuse: (_, response) => answer(response, 403, { error: { code: 1088, message: 'ip-restricted' } }),
  },
  {
    told: '403 with a page of the edge',
    reason: 'PROVIDER_BLOCKED',
    refuse: (_, response) => answer(response, 403, EDGE_PAGE),
  },
];

describe('An account that is refused', () => {
  for (const { told, ...refusal } of REFUSED) {
    it.concurrent(
      `with ${told} burns nothing, says why at every door, and sends on by itself when it is let in`,
      () => refusedAccount(refusal),
      TEST_TIMEOUT_MS,
    );
  }
});

describe('A text that the edge blocks', () => {
  it.concurrent(
    'is rejected alone: everybody else is sent, and the account is open',
    blockedText,
    TEST_TIMEOUT_MS,
  );

  it.concurrent(
    'keeps nobody out who calls while it waits for its end',
    blockedTextBesideCallers,
    TEST_TIMEOUT_MS,
  );
});

async function refusedAccount({ reason, providerCode, refuse }: Refusal): Promise<void> {
  const provider = await FaultyProvider.listen({ behaviour: refuse });
  const gateway = await GatewayProcess.start({ providerUrl: provider.url });
  try {
    const ledger = await produced(gateway, RECORDS);
    const probes = () => {
      const refusedMs = (provider.arrivals[0]?.atMs ?? NaN) + IN_FLIGHT_MS;
      return provider.arrivals.filter(({ atMs }) => atMs > refusedMs);
    };
    await until('probes are refused', () => probes().length >= PROBES, { timeoutMs: WAIT_TIMEOUT_MS });
    for (const { ids } of probes()) expect(ids).toHaveLength(1);
    const moments = probes().map(({ atMs }) => atMs);
    const gapsMs = moments.slice(1).map((atMs, index) => atMs - (moments[index] ?? NaN));
    gapsMs.forEach((gapMs, index) => expect(gapMs).toBeGreaterThanOrEqual(2000 * 2 ** index));

    expect(await gateway.readiness()).toMatchObject({ status: 200, account: { status: 'degraded', reason } });
    const end = await gateway.send([textOf()]);
    expect(end).toMatchObject({ code: 'UNAVAILABLE', reason, retryAfterMs: expect.any(Number) });
    const httpEnd = await gateway.sendOverHttp(textOf());
    expect(httpEnd).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) });
    expect(JSON.parse(httpEnd.body)).toMatchObject({ error: { code: providerCode ?? reason } });
    expect(gateway.log.of('settled')).toEqual([]);
    expect(gateway.log.of('dead-lettered')).toEqual([]);

    provider.behaviour = accept;
    await settled(gateway, ledger);

    expect(ledger.outcomes).toEqual({ accepted: RECORDS });
    expect(ledger.compareWith(provider.arrivals)).toEqual(NO_DISCREPANCIES);
    expect(gateway.log.of('dead-lettered')).toEqual([]);
    expect(await gateway.readiness()).toMatchObject({ status: 200, account: { status: 'up' } });
  } finally {
    await gateway.stop();
    await provider.close();
  }
}

async function blockedText(): Promise<void> {
  await withPoison(async ({ gateway, provider, poison }) => {
    const ledger = await produced(gateway, RECORDS);
    ledger.submitted(poison.messageId);
    await gateway.produce(poison);
    const stop = new AbortController();
    const others = atRate(5, stop.signal, async () => {
      const text = textOf();
      ledger.submitted(text.messageId);
      await gateway.produce(text);
    });
    const ended = () => gateway.log.of('settled').filter(({ messageId }) => messageId === poison.messageId);
    try {
      await until('it has ended', () => ended().length > 0, { timeoutMs: WAIT_TIMEOUT_MS });
    } finally {
      stop.abort();
    }
    await others;
    await settled(gateway, ledger);

    expect(ended()).toMatchObject([{ outcome: 'rejected', reason: 'PROVIDER_REJECTED' }]);
    expect(ledger.outcomes).toEqual({ accepted: ledger.ids.length - 1, rejected: 1 });
    expect(ledger.compareWith(provider.arrivals)).toEqual(NO_DISCREPANCIES);
    expect(gateway.log.of('dead-lettered')).toEqual([]);
    expect(await gateway.readiness()).toMatchObject({ status: 200, account: { status: 'up' } });
  });
}

async function blockedTextBesideCallers(): Promise<void> {
  await withPoison(async ({ gateway, provider, poison }) => {
    await gateway.produce(poison);
    await until('it is blocked', () => provider.arrivals.length > 0);
    const ledger = new Ledger();
    const signal = AbortSignal.timeout(CALLERS_TIMEOUT_MS);
    const texts = textsOf(10);
    await Promise.all(texts.map((text) => sendUntilEnded(text, { ledger, signal, gateway: () => gateway })));
    expect(ledger.outcomes).toEqual({ ACCEPTED: texts.length });
    const rejected = () => gateway.log.of('settled').filter(({ outcome }) => outcome === 'rejected');
    await until('it is rejected', () => rejected().length > 0, { timeoutMs: WAIT_TIMEOUT_MS });
    expect(rejected()).toMatchObject([{ messageId: poison.messageId }]);
  });
}

/** A gateway before an edge that blocks every request with one text in it. */
async function withPoison(
  test: (parts: { gateway: GatewayProcess; provider: FaultyProvider; poison: Text }) => Promise<void>,
): Promise<void> {
  const poison = textOf({ prefix: 'poison' });
  const provider = await FaultyProvider.listen({
    behaviour: (arrival, response) => {
      if (arrival.ids.includes(poison.messageId)) answer(response, 403, EDGE_PAGE);
      else accept(arrival, response);
    },
  });
  const gateway = await GatewayProcess.start({ providerUrl: provider.url });
  try {
    await test({ gateway, provider, poison });
  } finally {
    await gateway.stop();
    await provider.close();
  }
}

/** Records on the in-process bus, and the books that they are entered in. */
async function produced(gateway: GatewayProcess, count: number): Promise<Ledger> {
  const texts = textsOf(count);
  const ledger = new Ledger();
  for (const text of texts) ledger.submitted(text.messageId);
  await Promise.all(texts.map((text) => gateway.produce(text)));
  return ledger;
}

/** Resolves when every record has ended, and the books say how. */
async function settled(gateway: GatewayProcess, ledger: Ledger): Promise<void> {
  await until('all have ended', () => gateway.log.of('settled').length >= ledger.ids.length, {
    timeoutMs: WAIT_TIMEOUT_MS,
  });
  for (const { messageId, outcome } of gateway.log.of('settled')) {
    ledger.ended(messageId ?? '', outcome ?? '');
  }
}
