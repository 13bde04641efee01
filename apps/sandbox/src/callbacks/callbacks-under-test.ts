import { Clock } from '../clock/clock.ts';
import { Configuration } from '../configuration/configuration.ts';
import { Changes } from '../live/changes.ts';
import { CustomerServiceWindows } from '../messages/customer-service-windows.ts';
import { MessageStore } from '../messages/message-store.ts';
import { messageUnderTest } from '../messages/message-under-test.ts';
import type { ReceivedMessage } from '../messages/received-message.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import { Settings } from '../settings/settings.ts';
import { StateFile } from '../state/state-file.ts';
import { CallbackBook } from './callback-book.ts';
import { CallbackDelivery } from './callback-delivery.ts';
import { CallbackPost } from './callback-post.ts';
import type { Post, PostResult } from './callback-post.ts';
import { Callbacks } from './callbacks.ts';
import { Connections } from './connections.ts';
import { CourseRunner } from './course-runner.ts';
import { Webhook } from './webhook.ts';

export const WEBHOOK_URL = 'http://receiver.example/hook';

/** Stands still until it is told to go on; what is due on the way happens at its own time. */
export class ManualClock extends Clock {
  ms = 0;
  readonly #timers = new Set<{ readonly dueMs: number; readonly act: () => void }>();

  override nowMs(): number {
    return this.ms;
  }

  override after(delayMs: number, act: () => void): () => void {
    const timer = { dueMs: this.ms + delayMs, act };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  get waiting(): number {
    return this.#timers.size;
  }

  async advanceTo(ms: number): Promise<void> {
    await settled();
    for (;;) {
      const [next] = [...this.#timers].sort((one, other) => one.dueMs - other.dueMs);
      if (next === undefined || next.dueMs > ms) break;
      this.#timers.delete(next);
      this.ms = Math.max(this.ms, next.dueMs);
      next.act();
      await settled();
    }
    this.ms = ms;
  }
}

/** Every promise that needs nothing from outside has come to its end. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export type Answer = (post: Post, count: number) => PostResult | Promise<PostResult>;

/** A receiver that notes what is posted to it, and answers as the test says. */
export class ScriptedPost extends CallbackPost {
  readonly posts: (Post & { readonly atMs: number })[] = [];
  readonly #clock: Clock;
  answer: Answer;

  constructor(clock: Clock, answer: Answer) {
    super(new Connections());
    this.#clock = clock;
    this.answer = answer;
  }

  override async post(post: Post): Promise<PostResult> {
    this.posts.push({ ...post, atMs: this.#clock.nowMs() });
    return await this.answer(post, this.posts.length);
  }

  /** What was told, in order: the kind of each body. */
  get told(): readonly string[] {
    return this.posts.map(({ body }) => kindOf(body));
  }
}

function kindOf(body: object): string {
  const text = JSON.stringify(body);
  return /"status":"(\w+)"/.exec(text)?.[1] ?? (text.includes('"error"') ? 'error' : 'accepted');
}

export interface CallbacksOptions {
  readonly clock?: ManualClock;
  readonly settings?: Partial<Settings>;
  readonly configuration?: Partial<Configuration>;
  readonly answer?: Answer;
}

/** The callbacks of one process, with all they stand on, from the state to the post. */
export class CallbacksUnderTest {
  readonly clock: ManualClock;
  readonly settings: CurrentSettings;
  readonly messages: MessageStore;
  readonly windows: CustomerServiceWindows;
  readonly state: StateFile;
  readonly webhook: Webhook;
  readonly receiver: ScriptedPost;
  readonly book: CallbackBook;
  readonly runner: CourseRunner;
  readonly callbacks: Callbacks;

  constructor({
    clock = new ManualClock(),
    settings,
    configuration,
    answer = () => ({ kind: 'answered', status: 200 }),
  }: CallbacksOptions = {}) {
    this.clock = clock;
    const changes = new Changes();
    this.settings = new CurrentSettings(
      Object.assign(new Settings(), { enforceWindow: false, timeScale: 1 }, settings),
      changes,
    );
    const started = Object.assign(new Configuration(), { callbackUrl: WEBHOOK_URL }, configuration);
    this.state = new StateFile(started.dataFolder);
    this.messages = new MessageStore(changes, this.state);
    this.windows = new CustomerServiceWindows(clock, this.state);
    this.webhook = new Webhook(started, this.settings, new Connections(), clock, this.state);
    this.receiver = new ScriptedPost(clock, answer);
    this.book = new CallbackBook(this.settings, this.state);
    const delivery = new CallbackDelivery(this.webhook, this.receiver, this.settings, clock);
    this.runner = new CourseRunner(this.settings, this.messages, this.book, delivery, changes, clock);
    this.callbacks = new Callbacks(this.settings, this.windows, this.webhook, this.book, this.runner, clock);
    this.runner.onApplicationBootstrap();
  }

  /** Takes a message as the endpoint does. */
  send(key = 'whatsapp-1', options: Parameters<Callbacks['afterSend']>[1] = {}): ReceivedMessage {
    const message = messageUnderTest(key);
    this.messages.add({ ...message, receivedTime: this.clock.now() });
    this.callbacks.afterSend(message, options);
    return message;
  }

  statuses(key = 'whatsapp-1'): readonly string[] {
    return this.messages.get(key)?.statuses.map(({ status }) => status) ?? [];
  }

  /** As SIGTERM does it. */
  stop(): void {
    this.runner.onModuleDestroy();
    this.state.onApplicationShutdown();
  }
}
