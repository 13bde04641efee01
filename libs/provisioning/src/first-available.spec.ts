import { describe, expect, it, jest } from '@jest/globals';
import { firstAvailable } from './first-available.ts';
import type { Absent, Candidate, StartContext } from './first-available.ts';

interface Service {
  readonly kind: 'service';
  readonly name: string;
}

const NEVER = new AbortController().signal;

function candidate(name: string, start: Candidate<Service>['start'], timeoutMs = 1_000): Candidate<Service> {
  return { name, timeoutMs, start };
}

function working(name: string): Candidate<Service> {
  return candidate(name, () => Promise.resolve({ kind: 'service', name }));
}

function absent(name: string, reason: string): Candidate<Service> {
  return candidate(name, () => Promise.resolve<Absent>({ kind: 'absent', reason }));
}

function untilAborted({ signal }: StartContext): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

describe('firstAvailable', () => {
  it('takes the first candidate that works and starts none after it', async () => {
    const last = jest.fn(working('c').start);
    const outcome = await firstAvailable([absent('a', 'missing'), working('b'), candidate('c', last)], {
      report: () => undefined,
      signal: NEVER,
    });
    expect(outcome).toEqual({ kind: 'service', name: 'b' });
    expect(last).not.toHaveBeenCalled();
  });

  it('says in one line that a candidate does not work, and goes on', async () => {
    const lines: string[] = [];
    const broken = candidate('a', () => Promise.reject(new Error('no such image\nand a stack of details')));
    const outcome = await firstAvailable([broken, working('b')], {
      report: (line) => lines.push(line),
      signal: NEVER,
    });
    expect(outcome).toEqual({ kind: 'service', name: 'b' });
    expect(lines).toEqual(['a does not work here: no such image']);
  });

  it('is silent about what a machine simply does not have', async () => {
    const lines: string[] = [];
    await firstAvailable([absent('a', 'missing'), working('b')], {
      report: (line) => lines.push(line),
      signal: NEVER,
    });
    expect(lines).toEqual([]);
  });

  it('gives a reason for each candidate when there is none', async () => {
    const broken = candidate('b', () => Promise.reject(new Error('broken')));
    const outcome = await firstAvailable([absent('a', 'missing'), broken], {
      report: () => undefined,
      signal: NEVER,
    });
    expect(outcome).toEqual({ kind: 'none', why: ['a: missing', 'b: broken'] });
  });

  it('passes over a candidate that is not ready by its deadline', async () => {
    const lines: string[] = [];
    const outcome = await firstAvailable([candidate('slow', untilAborted, 5), working('b')], {
      report: (line) => lines.push(line),
      signal: NEVER,
    });
    expect(outcome).toEqual({ kind: 'service', name: 'b' });
    expect(lines).toEqual(['slow does not work here: not ready within 0.005 s']);
  });

  it('stops at the caller’s abort instead of going on', async () => {
    const stopping = new AbortController();
    const next = jest.fn(working('b').start);
    const outcome = firstAvailable([candidate('a', untilAborted), candidate('b', next)], {
      report: () => undefined,
      signal: stopping.signal,
    });
    stopping.abort(new Error('stopped'));
    await expect(outcome).rejects.toThrow('stopped');
    expect(next).not.toHaveBeenCalled();
  });
});
