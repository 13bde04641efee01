import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConformanceRunner } from './conformance-runner.ts';
import type { DeliveryStore, NewsClaim, StatusNews } from './delivery-store.ts';

/** What every delivery store guarantees, whatever remembers. `store` is asked for one in each test; it may be the same. */
export function deliveryStoreConformance(
  runner: ConformanceRunner,
  name: string,
  store: () => DeliveryStore,
): void {
  const { describe, it } = runner;
  const claimAll = (news: readonly StatusNews[], holder: string, leaseMs = LONG_MS, account = ACCOUNT) =>
    store().claim(account, news, { holder, leaseMs });
  const claimOne = async (news: StatusNews, holder: string, leaseMs = LONG_MS): Promise<NewsClaim> => {
    const [claim] = await claimAll([news], holder, leaseMs);
    assert.ok(claim);
    return claim;
  };
  const release = (news: StatusNews, holder: string) => store().release(ACCOUNT, [news], { holder });
  const settle = (...news: StatusNews[]) => store().settle(ACCOUNT, news);

  describe(`${name} as a delivery store`, () => {
    it('lets one holder tell a status, and the others know', async () => {
      const sent = newsOf({ key: randomUUID() });
      assert.equal(await claimOne(sent, 'a:1'), 'ours');
      assert.equal(await claimOne(sent, 'b:1'), 'elsewhere');
      assert.equal(await claimOne(sent, 'a:1'), 'ours', 'a holder takes what he has again');
      await settle(sent);
      assert.equal(await claimOne(sent, 'a:1'), 'told');
      assert.equal(await claimOne(sent, 'b:1'), 'told');
    });

    it('lets exactly one of many who come at once tell a status', async () => {
      const sent = newsOf({ key: randomUUID(), wamid: randomUUID() });
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, holder) => claimOne(sent, `holder:${holder}`)),
      );
      assert.equal(claims.filter((claim) => claim === 'ours').length, 1);
      assert.equal(claims.filter((claim) => claim === 'elsewhere').length, 19);
    });

    it('answers all news of a call in order, and the second of two equal ones with elsewhere', async () => {
      const [sent, read, other] = [randomUUID(), randomUUID(), randomUUID()].map((key) => newsOf({ key }));
      assert.ok(sent && read && other);
      await settle(sent);
      await claimOne(read, 'b:1');
      const later = { ...other, timeMs: other.timeMs + 1 };
      const claims = await claimAll([sent, read, other, later], 'a:1');
      assert.deepEqual(claims, ['told', 'elsewhere', 'ours', 'elsewhere']);
      assert.deepEqual(await claimAll([other, later], 'a:1'), ['ours', 'elsewhere'], 'taken again');
    });

    it('takes a thousand news at once', async () => {
      const news = Array.from({ length: 1_000 }, () => newsOf({ key: randomUUID(), wamid: randomUUID() }));
      assert.ok((await claimAll(news, 'a:1')).every((claim) => claim === 'ours'));
      await settle(...news);
      assert.ok((await claimAll(news, 'b:1')).every((claim) => claim === 'told'));
      const keys = await store().keysOf(ACCOUNT, news.map(wamidOf));
      assert.deepEqual(
        keys,
        news.map(({ key }) => key),
      );
    });

    it('asks nothing of who brings nothing', async () => {
      assert.deepEqual(await claimAll([], 'a:1'), []);
      assert.deepEqual(await store().keysOf(ACCOUNT, []), []);
      await settle();
      await store().release(ACCOUNT, [], { holder: 'a:1' });
    });

    it('knows the statuses of one message apart, and the messages of each account', async () => {
      const key = randomUUID();
      await settle(newsOf({ key, status: 'sent' }));
      assert.equal(await claimOne(newsOf({ key, status: 'delivered' }), 'a:1'), 'ours');
      const elsewhere = await claimAll([newsOf({ key, status: 'sent' })], 'a:1', LONG_MS, 'another');
      assert.deepEqual(elsewhere, ['ours']);
      assert.deepEqual(await store().find('another', key), []);
    });

    it('does not take a key for a WhatsApp id', async () => {
      const text = randomUUID();
      await settle(newsOf({ key: text }));
      assert.equal(await claimOne(newsOf({ wamid: text }), 'a:1'), 'ours');
    });

    it('frees what its holder could not tell, and no other’s', async () => {
      const sent = newsOf({ key: randomUUID(), wamid: randomUUID() });
      await claimOne(sent, 'a:1');
      await release(sent, 'b:1');
      assert.equal(await claimOne(sent, 'b:1'), 'elsewhere');
      await release(sent, 'a:1');
      assert.equal(await claimOne(sent, 'b:1'), 'ours');
      assert.deepEqual(await store().find(ACCOUNT, keyOf(sent)), []);
    });

    it('does not free what was told', async () => {
      const sent = newsOf({ key: randomUUID() });
      await claimOne(sent, 'a:1');
      await settle(sent);
      await release(sent, 'a:1');
      assert.equal(await claimOne(sent, 'b:1'), 'told');
    });

    it('gives what a holder did not tell within his lease to the next one, who keeps it', async () => {
      const sent = newsOf({ key: randomUUID() });
      await claimOne(sent, 'a:1', SHORT_MS);
      await untilEqual(() => claimOne(sent, 'b:1'), 'ours');
      assert.equal(await claimOne(sent, 'a:1'), 'elsewhere');
      await release(sent, 'a:1');
      assert.equal(await claimOne(sent, 'c:1'), 'elsewhere');
    });

    it('renews the lease of who takes again what he has', async () => {
      const [sent, other] = [newsOf({ key: randomUUID() }), newsOf({ key: randomUUID() })];
      await claimAll([sent, other], 'a:1', SHORT_MS);
      await claimOne(sent, 'a:1');
      await untilEqual(() => claimOne(other, 'b:1'), 'ours');
      assert.equal(await claimOne(sent, 'b:1'), 'elsewhere');
    });

    it('remembers what was told after the lease was over', async () => {
      const sent = newsOf({ key: randomUUID() });
      await claimOne(sent, 'a:1', SHORT_MS);
      await untilEqual(() => claimOne(sent, 'b:1'), 'ours');
      await settle(sent);
      assert.equal(await claimOne(sent, 'b:1'), 'told');
    });

    it('tells everything about a message in the order it was told, as it was told', async () => {
      const key = randomUUID();
      const error = {
        code: '131047',
        title: 'Re-engagement',
        details: '…',
        retryable: false,
        advice: 'Wait.',
      };
      const read = newsOf({ key, wamid: randomUUID(), status: 'read', timeMs: 1_893_456_000_300 });
      const failed = newsOf({ key, status: 'failed', timeMs: 1_893_456_000_200, error });
      const sent = newsOf({ key, status: 'sent', timeMs: 1_893_456_000_100 });
      assert.deepEqual(await store().find(ACCOUNT, key), []);
      await claimAll([read, failed, sent], 'a:1');
      await settle(read);
      await settle(failed, sent);
      assert.deepEqual(await store().find(ACCOUNT, key), [read, failed, sent]);
    });

    it('keeps the first of each status', async () => {
      const key = randomUUID();
      const first = newsOf({ key, timeMs: 2 });
      await settle(first);
      await settle(newsOf({ key, timeMs: 1 }));
      assert.deepEqual(await store().find(ACCOUNT, key), [first]);
    });

    it('remembers what was told without having been claimed', async () => {
      const sent = newsOf({ key: randomUUID() });
      await settle(sent);
      assert.equal(await claimOne(sent, 'a:1'), 'told');
    });

    it('knows the key of a WhatsApp id as soon as news with both have come, told or not', async () => {
      const [claimed, released, settled] = [newJoin(), newJoin(), newJoin()];
      await claimAll([claimed, released], 'a:1');
      await release(released, 'a:1');
      await settle(settled);
      const wamids = [settled, claimed, released].map(wamidOf);
      const keys = await store().keysOf(ACCOUNT, [...wamids, randomUUID()]);
      assert.deepEqual(keys, [settled.key, claimed.key, released.key, undefined]);
      assert.deepEqual(await store().keysOf('another', wamids), [undefined, undefined, undefined]);
    });

    it('counts what was told under one identity as told under the other', async () => {
      const join = newJoin();
      const [byKey, byWamid] = [{ key: keyOf(join) }, { wamid: wamidOf(join) }];
      const both = { ...byKey, ...byWamid };
      await settle(join);
      await settle(newsOf({ ...byKey, status: 'sent' }), newsOf({ ...byWamid, status: 'delivered' }));
      await settle(newsOf({ ...both, status: 'read' }));
      for (const identity of [byKey, byWamid, both]) {
        const again = (['accepted', 'sent', 'delivered', 'read'] as const).map((status) =>
          newsOf({ ...identity, status }),
        );
        assert.deepEqual(await claimAll(again, 'b:1'), ['told', 'told', 'told', 'told']);
      }
    });

    it('counts what is being told under one identity as being told under the other', async () => {
      const join = newJoin();
      const [byKey, byWamid] = [{ key: keyOf(join) }, { wamid: wamidOf(join) }];
      await settle(join);
      const [sent, delivered] = [
        newsOf({ ...byKey, status: 'sent' }),
        newsOf({ ...byWamid, status: 'delivered' }),
      ];
      assert.deepEqual(await claimAll([sent, delivered], 'a:1'), ['ours', 'ours']);
      const others = [newsOf({ ...byWamid, status: 'sent' }), newsOf({ ...byKey, status: 'delivered' })];
      assert.deepEqual(await claimAll(others, 'b:1'), ['elsewhere', 'elsewhere']);
    });

    it('counts news with another key as those of the key that the WhatsApp id first came with', async () => {
      const join = newJoin();
      const other = { ...join, key: randomUUID() };
      await settle(join);
      assert.equal(await claimOne(other, 'a:1'), 'told');
      await settle({ ...other, status: 'sent' });
      assert.deepEqual(await store().keysOf(ACCOUNT, [wamidOf(join)]), [join.key]);
      assert.deepEqual(await store().find(ACCOUNT, keyOf(join)), [join, { ...join, status: 'sent' }]);
      assert.deepEqual(await store().find(ACCOUNT, other.key), [], 'that key is a message of its own');
      assert.equal(await claimOne(newsOf({ key: other.key, status: 'sent' }), 'a:1'), 'ours');
    });

    it('keeps the longer of two leases when what they are of turns out to be one message', async () => {
      const join = newJoin();
      const [byKey, byWamid] = [newsOf({ key: keyOf(join) }), newsOf({ wamid: wamidOf(join) })];
      await claimAll([byKey], 'a:1', LONG_MS);
      await claimAll([byWamid], 'b:1', SHORT_MS);
      await settle(join);
      await sleep(2 * SHORT_MS);
      assert.equal(await claimOne(byWamid, 'c:1'), 'elsewhere');
    });

    it('joins what is being told under each identity before they were known to be one message', async () => {
      const join = newJoin();
      const [byKey, byWamid] = [{ key: keyOf(join) }, { wamid: wamidOf(join) }];
      const theirs = [newsOf({ ...byKey, status: 'sent' }), newsOf({ ...byWamid, status: 'delivered' })];
      await claimAll(theirs, 'a:1');
      await settle(join);
      const others = [newsOf({ ...byWamid, status: 'sent' }), newsOf({ ...byKey, status: 'delivered' })];
      assert.deepEqual(await claimAll(others, 'b:1'), ['elsewhere', 'elsewhere']);
    });

    it('joins what was told under each identity before they were known to be one message', async () => {
      const join = newJoin();
      const [byKey, byWamid] = [{ key: keyOf(join) }, { wamid: wamidOf(join) }];
      const sent = newsOf({ ...byWamid, status: 'sent', timeMs: 1 });
      const read = newsOf({ ...byKey, status: 'read', timeMs: 3 });
      const delivered = newsOf({ ...byWamid, status: 'delivered', timeMs: 2 });
      for (const news of [sent, read, delivered]) await settle(news);
      await settle(newsOf({ ...byKey, status: 'sent', timeMs: 9 }));
      await claimOne(join, 'a:1');
      const again = [newsOf({ ...byKey, status: 'delivered' }), newsOf({ ...byWamid, status: 'read' })];
      assert.deepEqual(await claimAll(again, 'b:1'), ['told', 'told']);
      await settle(join);
      assert.deepEqual(await store().find(ACCOUNT, keyOf(join)), [sent, read, delivered, join]);
    });
  });
}

const ACCOUNT = 'default';
/** A lease that no test outlasts. */
const LONG_MS = 60_000;
const SHORT_MS = 20;
const PATIENCE_MS = 5_000;
const POLL_MS = 5;

function newsOf(overrides: Partial<StatusNews>): StatusNews {
  return { status: 'sent', timeMs: 1_893_456_000_000, receivedMs: 1_893_456_001_000, ...overrides };
}

/** News that tell which key and WhatsApp id are one message. */
function newJoin(): StatusNews {
  return newsOf({ key: randomUUID(), wamid: `wamid.${randomUUID()}`, status: 'accepted' });
}

function keyOf({ key }: StatusNews): string {
  assert.ok(key);
  return key;
}

function wamidOf({ wamid }: StatusNews): string {
  assert.ok(wamid);
  return wamid;
}

async function untilEqual<T>(ask: () => Promise<T>, expected: T): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (let answer = await ask(); answer !== expected; answer = await ask()) {
    assert.ok(performance.now() < deadlineMs, `still ${String(answer)} after ${PATIENCE_MS} ms`);
    await sleep(POLL_MS);
  }
}
