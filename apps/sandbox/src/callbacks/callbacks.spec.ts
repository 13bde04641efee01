import { describe, expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import 'reflect-metadata';
import { Clock } from '../clock/clock.ts';
import { Configuration } from '../configuration/configuration.ts';
import { Changes } from '../live/changes.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import { Settings } from '../settings/settings.ts';
import { CustomerServiceWindows } from '../messages/customer-service-windows.ts';
import { MessageStore } from '../messages/message-store.ts';
import type { ReceivedMessage } from '../messages/received-message.ts';
import { AttemptJournal } from './attempt-journal.ts';
import { CallbackDelivery } from './callback-delivery.ts';
import { CallbackPost } from './callback-post.ts';
import type { PostResult } from './callback-post.ts';
import { Callbacks } from './callbacks.ts';
import type { StatusDelaysMs } from './status-delays.ts';

const AT_ONCE: StatusDelaysMs = { accepted: 0, error: 0, sent: 0, delivered: 0, read: 0 };

const MESSAGE: ReceivedMessage = {
  key: 'whatsapp-1',
  wamid: 'wamid.1',
  phoneNumber: '+15550001234',
  body: 'hello',
  previewUrl: false,
  receivedTime: new Date(0),
  requestId: 'request',
  statuses: [],
};

/** A webhook that answers when it is told to. */
class HeldPost extends CallbackPost {
  readonly answers: ((result: PostResult) => void)[] = [];
  override get hasTarget(): boolean {
    return true;
  }
  override post(): Promise<PostResult> {
    return new Promise((resolve) => this.answers.push(resolve));
  }
}

function callbacksTo(post: CallbackPost): { callbacks: Callbacks; journal: AttemptJournal } {
  const clock = new Clock();
  const settings = new CurrentSettings(
    Object.assign(new Settings(), { enforceWindow: false }),
    new Changes(),
  );
  const journal = new AttemptJournal();
  const callbacks = new Callbacks(
    settings,
    new MessageStore(new Changes()),
    new CustomerServiceWindows(clock),
    new CallbackDelivery(settings, post, journal, clock),
    post,
    clock,
    AT_ONCE,
  );
  return { callbacks, journal };
}

/** Gives everything that is due at once the turns it needs. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await setTimeout(1);
}

describe('Callbacks', () => {
  it.each<PostResult>([
    { kind: 'answered', status: 200 },
    { kind: 'answered', status: 500 },
    { kind: 'failed', code: 'ECONNREFUSED' },
  ])('tell a message’s next news only once the one before it ended with %j', async (result) => {
    const post = new HeldPost(new Configuration());
    const { callbacks, journal } = callbacksTo(post);
    callbacks.afterSend(MESSAGE);
    for (let told = 1; told <= 4; told += 1) {
      await settle();
      expect(post.answers).toHaveLength(told);
      post.answers.at(-1)?.(result);
    }
    await settle();
    callbacks.onModuleDestroy();
    expect(journal.latest({ limit: 9 }).map(({ event }) => event)).toEqual([
      'accepted',
      'sent',
      'delivered',
      'read',
    ]);
  });

  it('tell of two messages side by side', async () => {
    const post = new HeldPost(new Configuration());
    const { callbacks } = callbacksTo(post);
    callbacks.afterSend(MESSAGE);
    callbacks.afterSend({ ...MESSAGE, key: 'whatsapp-2' });
    await settle();
    expect(post.answers).toHaveLength(2);
    callbacks.onModuleDestroy();
  });

  it('say nothing more after the end, even of a message whose news was on its way', async () => {
    const post = new HeldPost(new Configuration());
    const { callbacks } = callbacksTo(post);
    callbacks.afterSend(MESSAGE);
    await settle();
    callbacks.onModuleDestroy();
    post.answers[0]?.({ kind: 'answered', status: 500 });
    await settle();
    expect(post.answers).toHaveLength(1);
    expect(callbacks.counts).toEqual({ waiting: 0, retrying: 0, dropped: 0 });
  });
});
