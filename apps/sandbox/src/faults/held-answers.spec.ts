import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import 'reflect-metadata';
import { Clock } from '../clock/clock.ts';
import { DRIP_MS, HeldAnswers, MAX_DRIPS, MAX_HANG_MS, MAX_HELD } from './held-answers.ts';

/** Time that passes when it is told to. */
class SteppedClock extends Clock {
  #ms = 0;
  readonly #due = new Set<{ readonly ms: number; readonly act: () => void }>();

  get waiting(): number {
    return this.#due.size;
  }

  override after(delayMs: number, act: () => void): () => void {
    const entry = { ms: this.#ms + delayMs, act };
    this.#due.add(entry);
    return () => void this.#due.delete(entry);
  }

  pass(durationMs: number): void {
    const endMs = this.#ms + durationMs;
    for (;;) {
      const next = [...this.#due].toSorted((one, other) => one.ms - other.ms)[0];
      if (next === undefined || next.ms > endMs) break;
      this.#due.delete(next);
      this.#ms = next.ms;
      next.act();
    }
    this.#ms = endMs;
  }
}

class Response extends EventEmitter {
  body = '';
  state: 'open' | 'ended' | 'reset' = 'open';
  readonly socket = { resetAndDestroy: () => this.#end('reset') };

  write(chunk: Buffer): void {
    this.body += chunk.toString();
  }

  end(): void {
    this.#end('ended');
  }

  #end(state: 'ended' | 'reset'): void {
    this.state = state;
    this.emit('close');
  }
}

function parts(): { clock: SteppedClock; held: HeldAnswers; open: () => Response & ServerResponse } {
  const clock = new SteppedClock();
  return { clock, held: new HeldAnswers(clock), open: () => new Response() as Response & ServerResponse };
}

describe('HeldAnswers', () => {
  it('says nothing for five minutes, then resets the connection', () => {
    const { clock, held, open } = parts();
    const response = open();
    held.hang(response);
    clock.pass(MAX_HANG_MS - 1);
    expect(response).toMatchObject({ state: 'open', body: '' });
    clock.pass(1);
    expect(response.state).toBe('reset');
    expect(held.size).toBe(0);
  });

  it('lets go of a client that left', () => {
    const { clock, held, open } = parts();
    const [hanging, dripping] = [open(), open()];
    held.hang(hanging);
    held.drip(dripping, Buffer.from('answer'));
    clock.pass(DRIP_MS);
    for (const response of [hanging, dripping]) response.emit('close');
    expect([held.size, clock.waiting]).toEqual([0, 0]);
  });

  it('sends an answer byte by byte', () => {
    const { clock, held, open } = parts();
    const response = open();
    held.drip(response, Buffer.from('abc'));
    const seen = [1, 2, 3].map(() => {
      clock.pass(DRIP_MS);
      return response.body;
    });
    expect(seen).toEqual(['a', 'ab', 'abc']);
    expect([response.state, held.size, clock.waiting]).toEqual(['ended', 0, 0]);
  });

  it('takes a bounded time for an answer of any length', () => {
    const { clock, held, open } = parts();
    const response = open();
    const body = 'x'.repeat(1_000_001);
    held.drip(response, Buffer.from(body));
    clock.pass(MAX_DRIPS * DRIP_MS);
    expect(response.state).toBe('ended');
    expect(response.body).toHaveLength(body.length);
  });

  it('resets at once what is beyond its bound, and everything when it lets go', () => {
    const { clock, held, open } = parts();
    const responses = Array.from({ length: MAX_HELD }, open);
    for (const response of responses) held.hang(response);
    const beyond = open();
    held.drip(beyond, Buffer.from('answer'));
    expect(beyond.state).toBe('reset');
    expect(responses[0]?.state).toBe('open');

    held.letGo();
    expect(new Set(responses.map(({ state }) => state))).toEqual(new Set(['reset']));
    expect([held.size, clock.waiting]).toEqual([0, 0]);
  });
});
