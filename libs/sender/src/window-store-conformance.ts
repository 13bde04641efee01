import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ConformanceRunner } from './conformance-runner.ts';
import type { WindowObservation, WindowStore } from './window-store.ts';

/** What every window store guarantees, whatever remembers. `store` is asked for one in each test; it may be the same. */
export function windowStoreConformance(
  runner: ConformanceRunner,
  name: string,
  store: () => WindowStore,
): void {
  const { describe, it } = runner;

  describe(`${name} as a window store`, () => {
    it('knows nothing of numbers that nothing was told of', async () => {
      const account = newAccount();
      await store().observe(account, [{ phoneNumber: ALICE, inboundMs: NOON }]);
      assert.deepEqual(await store().find(account, [BOB]), [undefined]);
    });

    it('answers each number in order, also one that comes twice', async () => {
      const account = newAccount();
      await store().observe(account, [
        { phoneNumber: ALICE, inboundMs: NOON },
        { phoneNumber: BOB, closedMs: NOON + 1 },
        { phoneNumber: CAROL, inboundMs: NOON, closedMs: NOON + 2 },
      ]);
      assert.deepEqual(await store().find(account, [BOB, DAVE, ALICE, CAROL, BOB]), [
        { closedMs: NOON + 1 },
        undefined,
        { inboundMs: NOON },
        { inboundMs: NOON, closedMs: NOON + 2 },
        { closedMs: NOON + 1 },
      ]);
    });

    const latest = { inboundMs: NOON + 5, closedMs: NOON + 7 };
    const told: WindowObservation[] = [
      { phoneNumber: ALICE, inboundMs: NOON + 3 },
      { phoneNumber: ALICE, closedMs: NOON + 7 },
      { phoneNumber: ALICE, inboundMs: NOON + 5 },
      { phoneNumber: ALICE, inboundMs: NOON + 5 },
      { phoneNumber: ALICE, inboundMs: NOON, closedMs: NOON + 1 },
    ];

    it('keeps the latest moments of each kind, in whatever order they are told', async () => {
      for (const observations of [told, told.toReversed()]) {
        const account = newAccount();
        for (const observation of observations) await store().observe(account, [observation]);
        assert.deepEqual(await store().find(account, [ALICE]), [latest]);
      }
    });

    it('does the same with what is told of one number at once', async () => {
      for (const observations of [told, told.toReversed()]) {
        const account = newAccount();
        await store().observe(account, observations);
        assert.deepEqual(await store().find(account, [ALICE]), [latest]);
      }
    });

    it('knows the numbers of each account apart', async () => {
      const [one, other] = [newAccount(), newAccount()];
      await store().observe(one, [{ phoneNumber: ALICE, inboundMs: NOON }]);
      assert.deepEqual(await store().find(other, [ALICE]), [undefined]);
    });

    it('takes and finds a thousand numbers at once', async () => {
      const account = newAccount();
      const observations = Array.from({ length: 1_000 }, (_, index) => ({
        phoneNumber: `+1415556${String(index).padStart(4, '0')}`,
        inboundMs: NOON + index,
      }));
      await store().observe(account, observations);
      const found = await store().find(
        account,
        observations.map(({ phoneNumber }) => phoneNumber),
      );
      assert.deepEqual(
        found,
        observations.map(({ inboundMs }) => ({ inboundMs })),
      );
    });

    it('has nothing to do about nothing', async () => {
      const account = newAccount();
      await store().observe(account, []);
      assert.deepEqual(await store().find(account, []), []);
    });
  });
}

const [ALICE, BOB, CAROL, DAVE] = ['+14155550101', '+14155550102', '+14155550103', '+14155550104'] as const;
/** As a provider tells moments: some are fractions of a second, all are whole milliseconds. */
const NOON = Date.UTC(2030, 0, 1, 12) + 7;

/** Of each test, so that a store may outlive it. */
function newAccount(): string {
  return `account-${randomUUID()}`;
}
