import type { OutgoingRecord } from '../bus.ts';
import type { Spool, SpoolHead } from '../spool/spool.ts';
import { SpoolingSender } from '../spool/spooling-sender.ts';
import { UnsteadyBus } from './unsteady-bus.ts';

/** Unheard: the call takes effect, and its answer is lost. */
export type SpoolMode = 'works' | 'away' | 'unheard';

/** A process with its own way to a shared log and a shared spool, both of which can fail for it alone. */
export class MortalProcess {
  readonly bus: UnsteadyBus;
  readonly spool: UnsteadySpool;
  readonly sender: SpoolingSender;

  constructor(options: {
    readonly log: OutgoingRecord[];
    readonly spool: Spool;
    /** Records of an `append` or `appendBehind` that the process believes not to have happened. */
    readonly onUnheard: (records: readonly OutgoingRecord[]) => void;
  }) {
    this.bus = new UnsteadyBus(options.log);
    this.spool = new UnsteadySpool(options.spool, options.onUnheard);
    this.sender = new SpoolingSender({
      bus: this.bus,
      spool: this.spool,
      lookEveryMs: 1,
      onEvent: () => undefined,
    });
    this.sender.start();
  }

  /** It does nothing more. Its doubts and its lease lapse at once, which else would take their time. */
  async die(inDoubt: { readonly isWritten: boolean }): Promise<void> {
    this.spool.mode = 'away';
    this.bus.steady = { kind: 'refused', code: 'UNAVAILABLE' };
    this.bus.script.length = 0;
    this.bus.settle('unknown', inDoubt);
    await this.spool.lapse();
    await this.sender.close({ timeoutMs: 0 });
  }
}

class UnsteadySpool implements Spool {
  mode: SpoolMode = 'works';
  readonly #spool: Spool;
  readonly #onUnheard: (records: readonly OutgoingRecord[]) => void;
  readonly #doubted = new Set<string>();
  #holder = '';

  constructor(spool: Spool, onUnheard: (records: readonly OutgoingRecord[]) => void) {
    this.#spool = spool;
    this.#onUnheard = onUnheard;
  }

  async lapse(): Promise<void> {
    await this.#spool.doubt([...this.#doubted], 0);
    await this.#spool.release(this.#holder);
  }

  appendBehind(records: readonly OutgoingRecord[]): ReturnType<Spool['appendBehind']> {
    if (this.mode === 'unheard') this.#onUnheard(records);
    return this.#call(() => this.#spool.appendBehind(records));
  }

  append(...[records, options]: Parameters<Spool['append']>): ReturnType<Spool['append']> {
    if (this.mode === 'unheard') this.#onUnheard(records);
    return this.#call(async () => {
      // Nobody renews a doubt that nobody knows of.
      const kept = await this.#spool.append(records, this.mode === 'unheard' ? undefined : options);
      if (kept.kind === 'kept' && options?.doubtMs) for (const id of kept.ids) this.#doubted.add(id);
      return kept;
    });
  }

  doubt(ids: readonly string[], doubtMs: number): Promise<void> {
    return this.#call(() => {
      for (const id of ids) this.#doubted.add(id);
      return this.#spool.doubt(ids, doubtMs);
    });
  }

  take(options: Parameters<Spool['take']>[0]): Promise<SpoolHead> {
    this.#holder = options.holder;
    return this.#call(() => this.#spool.take(options));
  }

  remove(ids: readonly string[]): Promise<void> {
    return this.#call(() => this.#spool.remove(ids));
  }

  release(holder: string): Promise<void> {
    return this.#call(() => this.#spool.release(holder));
  }

  length(): Promise<number> {
    return this.#call(() => this.#spool.length());
  }

  async #call<T>(call: () => Promise<T>): Promise<T> {
    const { mode } = this;
    if (mode === 'away') throw new Error('away');
    const answer = await call();
    if (mode === 'unheard') throw new Error('no answer');
    return answer;
  }
}
