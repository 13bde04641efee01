import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ConformanceRunner } from './conformance-runner.ts';
import type { OutboundMessage } from './message.ts';
import type { Claim, ClaimRequest, MessageStore, SentMessage } from './message-store.ts';
import type { Outcome, Settlement } from './outcome.ts';

/** What every message store guarantees, whatever remembers. `store` is asked for one in each test; it may be the same. */
export function messageStoreConformance(
  runner: ConformanceRunner,
  name: string,
  store: () => MessageStore,
): void {
  const { describe, it } = runner;

  describe(`${name} as a message store`, () => {
    it('lets one holder send an id, and the others know', async () => {
      const message = newMessage();
      assert.deepEqual(await claimOne(store(), message, 'a:1'), CLAIMED);
      assert.equal((await claimOne(store(), message, 'b:1')).kind, 'in-flight');
      assert.deepEqual(await claimOne(store(), message, 'a:1'), CLAIMED, 'a holder renews his claim');
    });

    it('answers each request of a batch in order, also when an id comes twice', async () => {
      const [first, second, third] = [newMessage(), newMessage(), newMessage({ account: 'other' })];
      await store().claim([{ message: second, holder: 'b:1' }]);
      const claims = await store().claim([
        { message: first, holder: 'a:1' },
        { message: second, holder: 'a:2' },
        { message: third, holder: 'a:3' },
        { message: first, holder: 'a:4' },
        { message: withOtherText(first), holder: 'a:5' },
      ]);
      assert.deepEqual(
        claims.map(({ kind }) => kind),
        ['claimed', 'in-flight', 'claimed', 'in-flight', 'conflict'],
      );
    });

    it('takes a thousand messages at once', async () => {
      const requests = Array.from({ length: 1_000 }, () => ({ message: newMessage(), holder: 'a:1' }));
      assert.ok((await store().claim(requests)).every(({ kind }) => kind === 'claimed'));
      await store().settle(requests.map((request) => ({ ...request, settlement: acceptedAs(randomUUID()) })));
      assert.ok((await store().claim(requests)).every(({ kind }) => kind === 'settled'));
    });

    it('tells who asks again how the message ended', async () => {
      const outcomes: Outcome[] = [
        { kind: 'accepted', key: randomUUID() },
        {
          kind: 'rejected',
          error: { reason: 'PROVIDER_REJECTED', message: 'no', retryable: false, providerCode: '1' },
        },
        { kind: 'expired', error: { reason: 'EXPIRED', message: 'too late', retryable: false } },
        { kind: 'unknown', error: { reason: 'OUTCOME_UNKNOWN', message: 'who knows', retryable: false } },
      ];
      for (const outcome of outcomes) {
        const message = newMessage();
        const settlement: Settlement = { kind: 'settled', outcome, attempts: 2, duplicate: false };
        await claimOne(store(), message, 'a:1');
        await store().settle([{ message, holder: 'a:1', settlement }]);
        assert.deepEqual(await claimOne(store(), message, 'b:1'), { kind: 'settled', settlement });
      }
    });

    it('keeps the first settlement of an id, and tells it to who comes with a later one', async () => {
      const [message, another] = [newMessage(), newMessage({ account: 'another' })];
      const [first, second] = [acceptedAs(randomUUID(), 2), acceptedAs(randomUUID())];
      assert.deepEqual(await store().settle([{ message, holder: 'a:1', settlement: first }]), [undefined]);
      const late = [
        { message: newMessage(), holder: 'b:1', settlement: second },
        { message: another, holder: 'b:2', settlement: second },
        { message, holder: 'b:3', settlement: second },
        { message, holder: 'b:4', settlement: first },
      ];
      assert.deepEqual(await store().settle(late), [undefined, undefined, first, first]);
      assert.deepEqual(await claimOne(store(), message, 'c:1'), { kind: 'settled', settlement: first });
    });

    it('knows what the key of a later settlement belongs to as well', async () => {
      const message = newMessage();
      const [first, second] = [randomUUID(), randomUUID()];
      await store().settle([{ message, holder: 'a:1', settlement: acceptedAs(first) }]);
      await store().settle([{ message, holder: 'b:1', settlement: acceptedAs(second, 2) }]);
      assert.deepEqual(await sentBy(store(), 'default', [first, second]), [
        sentAs(message, 1),
        sentAs(message, 2),
      ]);
    });

    it('tells nobody what other content under his id came to', async () => {
      const message = newMessage();
      const [first, second] = [acceptedAs(randomUUID()), acceptedAs(randomUUID())];
      await store().settle([{ message, holder: 'a:1', settlement: first }]);
      const other = { message: withOtherText(message), holder: 'b:1', settlement: second };
      assert.deepEqual(await store().settle([other]), [undefined]);
      assert.deepEqual(await claimOne(store(), message, 'c:1'), { kind: 'settled', settlement: first });
    });

    it('finds a conflict in other content for the same id, sent or being sent', async () => {
      const message = newMessage();
      await claimOne(store(), message, 'a:1');
      assert.deepEqual(await claimOne(store(), withOtherText(message), 'b:1'), { kind: 'conflict' });
      await store().settle([{ message, holder: 'a:1', settlement: acceptedAs(randomUUID()) }]);
      assert.deepEqual(await claimOne(store(), withOtherText(message), 'b:1'), { kind: 'conflict' });
      const sameText = {
        ...message,
        metadata: { other: 'metadata' },
        expireTimeMs: message.expireTimeMs + 1,
      };
      assert.equal((await claimOne(store(), sameText, 'b:1')).kind, 'settled');
    });

    it('knows the ids of each account apart', async () => {
      const message = newMessage();
      await claimOne(store(), message, 'a:1');
      assert.deepEqual(
        await claimOne(store(), { ...message, account: `${message.account}-2` }, 'b:1'),
        CLAIMED,
      );
    });

    it('frees an id that its holder gives up, and no other’s', async () => {
      const message = newMessage();
      await claimOne(store(), message, 'a:1');
      await store().release([{ message, holder: 'b:1' }]);
      assert.equal((await claimOne(store(), message, 'b:1')).kind, 'in-flight');
      await store().release([{ message, holder: 'a:1' }]);
      assert.deepEqual(await claimOne(store(), message, 'b:1'), CLAIMED);
    });

    it('does not free what was settled', async () => {
      const message = newMessage();
      await claimOne(store(), message, 'a:1');
      await store().settle([{ message, holder: 'a:1', settlement: acceptedAs(randomUUID()) }]);
      await store().release([{ message, holder: 'a:1' }]);
      assert.equal((await claimOne(store(), message, 'b:1')).kind, 'settled');
    });

    it('gives an id that its holder abandons, and no other’s, to the next one as maybe sent', async () => {
      const message = newMessage();
      await claimOne(store(), message, 'a:1');
      await store().abandon([{ message, holder: 'b:1' }]);
      assert.equal((await claimOne(store(), message, 'b:1')).kind, 'in-flight');
      await store().abandon([{ message, holder: 'a:1' }]);
      assert.deepEqual(await claimOne(store(), message, 'b:1'), MAYBE_SENT);
      await store().abandon([{ message, holder: 'a:1' }]);
      assert.equal((await claimOne(store(), message, 'c:1')).kind, 'in-flight');
    });

    it('tells also the one who abandoned an id that it may have been sent', async () => {
      const message = newMessage();
      await claimOne(store(), message, 'a:1');
      await store().abandon([{ message, holder: 'a:1' }]);
      await store().release([{ message, holder: 'a:1' }]);
      assert.deepEqual(await claimOne(store(), message, 'a:1'), MAYBE_SENT);
    });

    it('counts an abandoned id as being sent, with the content it had, until somebody ends it', async () => {
      const message = newMessage();
      const { account, messageId } = message;
      const settlement = acceptedAs(randomUUID());
      await claimOne(store(), message, 'a:1');
      await store().abandon([{ message, holder: 'a:1' }]);
      assert.deepEqual(await claimOne(store(), withOtherText(message), 'b:1'), { kind: 'conflict' });
      assert.deepEqual(await store().findById(account, messageId), { kind: 'sending' });
      await store().settle([{ message, holder: 'b:1', settlement }]);
      assert.deepEqual(await claimOne(store(), message, 'b:1'), { kind: 'settled', settlement });
      await store().abandon([{ message, holder: 'b:1' }]);
      assert.deepEqual(await store().findById(account, messageId), settlement);
    });

    it('abandons a thousand messages at once, of several accounts', async () => {
      const requests = Array.from({ length: 1_000 }, (_, index) => ({
        message: newMessage({ account: index % 2 === 0 ? 'default' : 'another' }),
        holder: 'a:1',
      }));
      await store().claim(requests);
      await store().abandon(requests);
      const next = requests.map(({ message }) => ({ message, holder: 'b:1' }));
      for (const claim of await store().claim(next)) assert.deepEqual(claim, MAYBE_SENT);
    });

    it('tells those who wait for an id how it ended', async () => {
      const message = newMessage();
      const settlement = acceptedAs(randomUUID());
      await claimOne(store(), message, 'a:1');
      const waiting = await Promise.all(['b:1', 'b:2'].map((holder) => endOf(store(), message, holder)));
      await store().settle([{ message, holder: 'a:1', settlement }]);
      assert.deepEqual(await Promise.all(waiting.map(({ ended }) => ended)), [settlement, settlement]);
    });

    it('tells those who wait for an id that it is free', async () => {
      const message = newMessage();
      await claimOne(store(), message, 'a:1');
      const { ended } = await endOf(store(), message, 'b:1');
      await store().release([{ message, holder: 'a:1' }]);
      assert.equal(await ended, undefined);
    });

    it('tells those who wait for an id that it was abandoned: the first of them has it', async () => {
      const message = newMessage();
      await claimOne(store(), message, 'a:1');
      const waiting = await Promise.all(['b:1', 'b:2'].map((holder) => endOf(store(), message, holder)));
      await store().abandon([{ message, holder: 'a:1' }]);
      assert.deepEqual(await Promise.all(waiting.map(({ ended }) => ended)), [undefined, undefined]);
      assert.deepEqual(await claimOne(store(), message, 'b:1'), MAYBE_SENT);
      assert.equal((await claimOne(store(), message, 'b:2')).kind, 'in-flight');
    });

    it('lets go of those who wait no longer', async () => {
      const message = newMessage();
      await claimOne(store(), message, 'a:1');
      const enough = new Error('enough');
      const { ended } = await endOf(store(), message, 'b:1', AbortSignal.abort(enough));
      await assert.rejects(ended, { message: 'enough' });
      const later = new AbortController();
      const { ended: endedLater } = await endOf(store(), message, 'b:1', later.signal);
      later.abort(enough);
      await assert.rejects(endedLater, { message: 'enough' });
    });

    it('knows which message each of some keys belongs to, in its account', async () => {
      const traced = newMessage({ metadata: { order: '17' }, traceparent: TRACEPARENT });
      const [untraced, elsewhere] = [newMessage(), newMessage({ account: 'another' })];
      const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
      await store().settle([
        { message: traced, holder: 'a:1', settlement: acceptedAs(first, 3) },
        { message: untraced, holder: 'a:2', settlement: acceptedAs(second) },
        { message: elsewhere, holder: 'a:3', settlement: acceptedAs(third) },
      ]);
      assert.deepEqual(await sentBy(store(), 'default', [third, second, randomUUID(), first, second]), [
        undefined,
        sentAs(untraced, 1),
        undefined,
        { ...sentAs(traced, 3), traceparent: TRACEPARENT },
        sentAs(untraced, 1),
      ]);
      assert.deepEqual(await sentBy(store(), 'another', [third]), [sentAs(elsewhere, 1)]);
      assert.deepEqual(await store().findByKeys('default', []), []);
    });

    it('finds a thousand keys at once', async () => {
      const sent = Array.from({ length: 1_000 }, () => ({ message: newMessage(), key: randomUUID() }));
      await store().settle(
        sent.map(({ message, key }) => ({ message, holder: 'a:1', settlement: acceptedAs(key) })),
      );
      const found = await store().findByKeys(
        'default',
        sent.map(({ key }) => key),
      );
      assert.deepEqual(
        found.map((message) => message?.messageId),
        sent.map(({ message }) => message.messageId),
      );
    });

    it('tells of an id whether it is being sent or how it ended, in its account', async () => {
      const message = newMessage();
      const { account, messageId } = message;
      const settlement = acceptedAs(randomUUID(), 2);
      assert.equal(await store().findById(account, messageId), undefined);
      await claimOne(store(), message, 'a:1');
      assert.deepEqual(await store().findById(account, messageId), { kind: 'sending' });
      await store().settle([{ message, holder: 'a:1', settlement }]);
      assert.deepEqual(await store().findById(account, messageId), settlement);
      assert.equal(await store().findById('another', messageId), undefined);
    });

    it('knows nothing of an id that was given up', async () => {
      const message = newMessage();
      await claimOne(store(), message, 'a:1');
      await store().release([{ message, holder: 'a:1' }]);
      assert.equal(await store().findById(message.account, message.messageId), undefined);
    });
  });
}

const CLAIMED: Claim = { kind: 'claimed', maybeSent: false };
const MAYBE_SENT: Claim = { kind: 'claimed', maybeSent: 'abandoned' };
const PATIENCE_MS = 5_000;
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

function newMessage(overrides: Partial<OutboundMessage> = {}): OutboundMessage {
  return {
    messageId: randomUUID(),
    account: 'default',
    phoneNumber: '+14155550100',
    text: { body: 'Hello', previewUrl: false },
    expireTimeMs: Date.UTC(2100, 0, 1),
    ambiguousSends: 'resend',
    metadata: {},
    ...overrides,
  };
}

function withOtherText(message: OutboundMessage): OutboundMessage {
  return { ...message, text: { ...message.text, body: `${message.text.body}, again` } };
}

function acceptedAs(key: string, attempts = 1): Settlement {
  return { kind: 'settled', outcome: { kind: 'accepted', key }, attempts, duplicate: false };
}

type Sent = Omit<SentMessage, 'settledMs'>;

/** What the keys belong to, each with a moment at which that was stored. */
async function sentBy(
  store: MessageStore,
  account: string,
  keys: readonly string[],
): Promise<(Sent | undefined)[]> {
  const found = await store.findByKeys(account, keys);
  return found.map((each) => {
    if (each === undefined) return undefined;
    const { settledMs, ...sent } = each;
    assert.ok(settledMs > 0);
    return sent;
  });
}

function sentAs(message: OutboundMessage, attempts: number): Sent {
  const { messageId, account, phoneNumber, metadata } = message;
  return { messageId, account, phoneNumber, metadata, attempts };
}

async function claimOne(store: MessageStore, message: OutboundMessage, holder: string): Promise<Claim> {
  const [claim] = await store.claim([{ message, holder } satisfies ClaimRequest]);
  assert.ok(claim);
  return claim;
}

/** In an object, so that it is not waited for here. */
async function endOf(
  store: MessageStore,
  message: OutboundMessage,
  holder: string,
  signal: AbortSignal = AbortSignal.timeout(PATIENCE_MS),
): Promise<{ ended: Promise<Settlement | undefined> }> {
  const claim = await claimOne(store, message, holder);
  assert.ok(claim.kind === 'in-flight');
  return { ended: claim.ended(signal) };
}
