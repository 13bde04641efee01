import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@parley/testing';
import { AccountGate } from './account-gate.ts';
import { sendError } from './reasons.ts';

const never = new AbortController().signal;
const outage = sendError('PROVIDER_UNAVAILABLE');
const refusal = sendError('PROVIDER_UNAUTHORIZED');

function setUp() {
  const clock = new FakeClock();
  const gate = new AccountGate({ clock });
  const fail = (times: number) => {
    for (let time = 0; time < times; time += 1) gate.failed(outage, clock.monotonicMs());
  };
  /** Lets the next probe through, at the moment it is due. */
  const probe = async () => {
    const passing = gate.pass(never);
    const { state } = gate;
    await clock.advance(state.kind === 'paused' ? state.nextProbeInMs : 0);
    return passing;
  };
  return { clock, gate, fail, probe };
}

describe('AccountGate', () => {
  it('is open until the account is refused, and pauses at once then', () => {
    const { gate } = setUp();
    expect(gate.state).toEqual({ kind: 'open' });
    expect(gate.refusal).toBeUndefined();
    expect(gate.refused(refusal, 0)).toBe(true);
    expect(gate.state).toEqual({ kind: 'paused', error: refusal, nextProbeInMs: 1000 });
    expect(gate.refusal).toBe(refusal);
    expect(gate.refused(refusal, 0)).toBe(false);
  });

  it('pauses when more than half of the last requests failed, and at least five are known', () => {
    const { gate, fail } = setUp();
    fail(4);
    expect(gate.state.kind).toBe('open');
    expect(gate.failed(outage, 0)).toBe(true);
    expect(gate.state.kind).toBe('paused');
  });

  it('does not pause at half', () => {
    const { gate, fail } = setUp();
    for (let request = 0; request < 10; request += 1) gate.answered(0);
    fail(10);
    expect(gate.state.kind).toBe('open');
    fail(1);
    expect(gate.state.kind).toBe('paused');
  });

  it.each([
    ['an outage', 'failed', outage, [1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 15_000]],
    ['a refusal', 'refused', refusal, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]],
  ] as const)('probes %s at growing intervals', async (_, method, error, intervals) => {
    const { clock, gate, fail, probe } = setUp();
    if (method === 'failed') fail(5);
    else gate.refused(error, 0);
    const moments: number[] = [];
    for (const interval of intervals) {
      const beforeMs = clock.monotonicMs();
      expect(await probe()).toBe('probe');
      moments.push(clock.monotonicMs() - beforeMs);
      expect(moments.at(-1)).toBeCloseTo(interval, 3);
      gate[method](error, clock.monotonicMs());
    }
  });

  it('lets one probe through at a time, and everybody once it got through', async () => {
    const { clock, gate, probe } = setUp();
    gate.refused(refusal, 0);
    expect(await probe()).toBe('probe');
    expect(gate.state).toMatchObject({ nextProbeInMs: 0 });
    expect(gate.refusal).toBe(refusal);
    const passes: string[] = [];
    for (let waiting = 0; waiting < 3; waiting += 1) {
      void gate.pass(never).then((pass) => passes.push(pass));
    }
    await clock.advance(100_000);
    expect(passes).toEqual([]);
    expect(gate.answered(clock.monotonicMs())).toBe(true);
    await clock.advance(0);
    expect(passes).toEqual(['open', 'open', 'open']);
    expect(gate.answered(clock.monotonicMs())).toBe(false);
  });

  it('takes a new submission as the probe once one is due', async () => {
    const { clock, gate } = setUp();
    gate.refused(refusal, 0);
    await clock.advance(999);
    expect(gate.refusal).toBe(refusal);
    await clock.advance(1);
    expect(gate.refusal).toBeUndefined();
    expect(gate.state).toMatchObject({ kind: 'paused', nextProbeInMs: 0 });
  });

  it('follows a probe that told nothing by another one after the same interval', async () => {
    const { clock, gate, probe } = setUp();
    gate.refused(refusal, 0);
    await probe();
    gate.refused(refusal, clock.monotonicMs());
    await probe();
    gate.probeInconclusive();
    expect(gate.state).toMatchObject({ kind: 'paused', nextProbeInMs: 2000 });
    gate.probeInconclusive();
    expect(await probe()).toBe('probe');
  });

  it('lets another probe go at once when there was no message left for one', async () => {
    const { gate, probe } = setUp();
    gate.refused(refusal, 0);
    expect(await probe()).toBe('probe');
    gate.probeUnused();
    expect(gate.state).toMatchObject({ kind: 'paused', nextProbeInMs: 0 });
    expect(await gate.pass(never)).toBe('probe');
  });

  it('learns nothing new of an account from what left before it was paused', async () => {
    const { clock, gate } = setUp();
    await clock.advance(500);
    gate.refused(refusal, 400);
    expect(gate.answered(450)).toBe(false);
    expect(gate.refused(refusal, 450)).toBe(false);
    expect(gate.state).toEqual({ kind: 'paused', error: refusal, nextProbeInMs: 1000 });
    expect(gate.answered(500)).toBe(true);
  });

  it('begins anew after a pause: old failures do not pause it again', async () => {
    const { clock, gate, fail, probe } = setUp();
    fail(5);
    await probe();
    gate.answered(clock.monotonicMs());
    fail(4);
    expect(gate.state.kind).toBe('open');
  });

  it('knows whether somebody got through since', () => {
    const { gate } = setUp();
    expect(gate.gotThroughSince(0)).toBe(false);
    gate.answered(100);
    gate.answered(50);
    expect(gate.gotThroughSince(99)).toBe(true);
    expect(gate.gotThroughSince(100)).toBe(false);
    expect(gate.gotThroughSince(Infinity)).toBe(false);
  });

  it('lets go of who waits no longer, for a probe or for its end', async () => {
    const { gate, probe } = setUp();
    gate.refused(refusal, 0);
    const [one, other] = [new AbortController(), new AbortController()];
    const sleeping = gate.pass(one.signal);
    one.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await expect(gate.pass(one.signal)).rejects.toThrow('enough');
    await probe();
    const watching = gate.pass(other.signal);
    other.abort(new Error('enough'));
    await expect(watching).rejects.toThrow('enough');
  });
});
