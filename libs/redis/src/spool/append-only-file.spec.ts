import { describe, expect, it } from '@jest/globals';
import { RedisAway } from '../redis-away.ts';
import type { RedisLink } from '../redis-link.ts';
import { readAppendOnlyFile, untilWritten } from './append-only-file.ts';

interface Told {
  readonly enabled?: 0 | 1;
  readonly written?: number;
  readonly buffered?: number;
  readonly base?: number;
  readonly status?: 'ok' | 'err';
}

/** A Redis that tells these one after the other, and the last for ever. An error is what it refuses to tell with. */
function redisThatTells(...answers: readonly (Told | string | Error)[]): {
  link: RedisLink;
  asked: string[];
} {
  const asked: string[] = [];
  const redis = {
    info: () => {
      const answer = answers[Math.min(asked.length, answers.length - 1)];
      asked.push('info');
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve(typeof answer === 'string' ? answer : infoOf(answer ?? {}));
    },
    del: () => {
      asked.push('del');
      return Promise.resolve(0);
    },
  };
  const link = { run: (command: (client: typeof redis) => Promise<unknown>) => command(redis) };
  return { link: link as unknown as RedisLink, asked };
}

function infoOf({ enabled = 1, written = 100, buffered = 0, base = 10, status = 'ok' }: Told): string {
  const sizes = `aof_current_size:${written}\r\naof_base_size:${base}\r\naof_buffer_length:${buffered}\r\n`;
  return `# Persistence\r\naof_enabled:${enabled}\r\naof_last_write_status:${status}\r\n${sizes}`;
}

describe('waiting until Redis has written what it answered', () => {
  it('ends at once when nothing is buffered', async () => {
    const { link, asked } = redisThatTells({});
    await untilWritten(link);
    expect(asked).toEqual(['info']);
  });

  it('lasts until what was buffered at its beginning is written, whatever comes behind it', async () => {
    const { link, asked } = redisThatTells(
      { written: 100, buffered: 50 },
      { written: 149, buffered: 30 },
      { written: 150, buffered: 29 },
    );
    await untilWritten(link);
    expect(asked).toHaveLength(3);
  });

  it('begins anew when the file was written anew', async () => {
    const { link, asked } = redisThatTells(
      { written: 100, buffered: 50 },
      { written: 900, buffered: 60, base: 20 },
      { written: 959, buffered: 1, base: 20 },
      { written: 960, buffered: 0, base: 20 },
    );
    await untilWritten(link);
    expect(asked).toHaveLength(4);
  });

  it('fails when the file cannot be written', async () => {
    const { link } = redisThatTells({ buffered: 50, status: 'err' });
    await expect(untilWritten(link)).rejects.toMatchObject({ name: 'RedisAway', code: 'MISCONF' });
  });

  it('fails when it takes longer than Redis ever puts a write off', async () => {
    const { link } = redisThatTells({ buffered: 50 });
    await expect(untilWritten(link)).rejects.toMatchObject({ name: 'RedisAway', code: 'TIMEOUT' });
  });

  it('waits for nothing where there is no file', async () => {
    const { link } = redisThatTells({ enabled: 0, buffered: 50, status: 'err' });
    await untilWritten(link);
  });

  it.each([new RedisAway('NOPERM'), new RedisAway('ERR'), '', 'aof_enabled:1\r\n'])(
    'is content with a Redis that refuses no write when it tells nothing: %j',
    async (answer) => {
      const { link, asked } = redisThatTells(answer);
      await untilWritten(link);
      expect(asked).toEqual(['info', 'del']);
    },
  );

  it('fails when Redis goes away meanwhile', async () => {
    const { link } = redisThatTells({ buffered: 50 }, new RedisAway('ECONNRESET'));
    await expect(untilWritten(link)).rejects.toThrow(RedisAway);
  });
});

describe('the append-only file', () => {
  it.each([
    ['none', infoOf({ enabled: 0 })],
    ['unknown', ''],
    ['unknown', '# Persistence\r\nloading:0\r\n'],
  ])('is %s in %j', async (file, info) => {
    expect(await readAppendOnlyFile(redisThatTells(info).link)).toBe(file);
  });
});
