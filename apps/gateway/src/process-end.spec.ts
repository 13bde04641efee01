import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ProcessEnd } from './process-end.ts';
import type { Endable } from './process-end.ts';

const STOP_WITHIN_MS = 30_000;

/** As much of a process as shows how it ends. */
class FakeProcess extends EventEmitter {
  readonly exitCodes: number[] = [];
  readonly lines: Record<string, unknown>[] = [];
  readonly stderr = { write: (line: string) => this.lines.push(JSON.parse(line) as Record<string, unknown>) };

  exit(code: number): void {
    this.exitCodes.push(code);
  }
}

let fake: FakeProcess;
let end: ProcessEnd;

beforeEach(() => {
  jest.useFakeTimers();
  fake = new FakeProcess();
  end = new ProcessEnd(fake);
});

afterEach(() => void jest.useRealTimers());

/** Lets all that is due go on. */
function settle(): Promise<void> {
  return jest.advanceTimersByTimeAsync(0);
}

function running(stop: () => Promise<void>, unfinished: readonly string[] = []): Endable {
  return { stop, unfinished };
}

describe('ProcessEnd', () => {
  it.each(['SIGTERM', 'SIGINT'])('ends with 0 at %s, once what runs has stopped', async (signal) => {
    const stopped = Promise.withResolvers<void>();
    end.runs(Promise.resolve(running(() => stopped.promise)), { stopWithinMs: STOP_WITHIN_MS });
    fake.emit(signal);
    await settle();
    expect(fake.exitCodes).toEqual([]);
    stopped.resolve();
    await settle();
    expect(fake.exitCodes).toEqual([0]);
    expect(fake.lines).toEqual([]);
  });

  it('ends with 0 at once when nothing was started yet', () => {
    fake.emit('SIGTERM');
    expect(fake.exitCodes).toEqual([0]);
  });

  it('lets a start that is under way come to its end, and stops what it started', async () => {
    const starting = Promise.withResolvers<Endable>();
    const stop = jest.fn(() => Promise.resolve());
    end.runs(starting.promise, { stopWithinMs: STOP_WITHIN_MS });
    fake.emit('SIGTERM');
    await settle();
    expect(fake.exitCodes).toEqual([]);
    starting.resolve(running(stop));
    await settle();
    expect(stop).toHaveBeenCalledTimes(1);
    expect(fake.exitCodes).toEqual([0]);
  });

  it('ends with 1 when the stop takes too long, and says what it waits for', async () => {
    const gateway = running(() => new Promise(() => undefined), ['events', 'bus']);
    end.runs(Promise.resolve(gateway), { stopWithinMs: STOP_WITHIN_MS });
    fake.emit('SIGTERM');
    await jest.advanceTimersByTimeAsync(STOP_WITHIN_MS - 1);
    expect(fake.exitCodes).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(fake.exitCodes).toEqual([1]);
    expect(fake.lines).toMatchObject([
      {
        level: 60,
        msg: 'the stop took too long',
        stopWithinMs: STOP_WITHIN_MS,
        unfinished: ['events', 'bus'],
      },
    ]);
  });

  it('counts a start that hangs among what takes too long', async () => {
    end.runs(new Promise(() => undefined), { stopWithinMs: STOP_WITHIN_MS });
    fake.emit('SIGTERM');
    await jest.advanceTimersByTimeAsync(STOP_WITHIN_MS);
    expect(fake.exitCodes).toEqual([1]);
    expect(fake.lines).toMatchObject([{ unfinished: ['start'] }]);
  });

  it('ends with 1 at the second signal', async () => {
    end.runs(Promise.resolve(running(() => new Promise(() => undefined))), { stopWithinMs: STOP_WITHIN_MS });
    fake.emit('SIGINT');
    await settle();
    fake.emit('SIGINT');
    expect(fake.exitCodes).toEqual([1]);
  });

  it('ends with 1 when the start fails, and says why', async () => {
    const failure = Object.assign(new Error('listen EADDRINUSE: address already in use 0.0.0.0:3000'), {
      code: 'EADDRINUSE',
      syscall: 'listen',
    });
    end.runs(Promise.reject(failure), { stopWithinMs: STOP_WITHIN_MS });
    await settle();
    expect(fake.exitCodes).toEqual([1]);
    expect(fake.lines).toMatchObject([{ msg: 'the start failed', message: failure.message }]);
  });

  it('ends with 1 when the stop fails', async () => {
    end.runs(Promise.resolve(running(() => Promise.reject(new TypeError('x')))), {
      stopWithinMs: STOP_WITHIN_MS,
    });
    fake.emit('SIGTERM');
    await settle();
    expect(fake.exitCodes).toEqual([1]);
    expect(fake.lines).toMatchObject([{ msg: 'the stop failed', name: 'TypeError' }]);
  });

  it('ends with 1 at an error that was not caught, without a stop, and quotes nothing of it', () => {
    const stop = jest.fn(() => Promise.resolve());
    end.runs(Promise.resolve(running(stop)), { stopWithinMs: STOP_WITHIN_MS });
    fake.emit('uncaughtException', new SyntaxError('"Your code is 1234" is not valid JSON'));
    expect(fake.exitCodes).toEqual([1]);
    expect(stop).not.toHaveBeenCalled();
    expect(fake.lines).toMatchObject([{ level: 60, msg: 'an error was not caught', name: 'SyntaxError' }]);
    expect(JSON.stringify(fake.lines)).not.toContain('1234');
  });
});
