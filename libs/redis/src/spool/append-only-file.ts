import { setTimeout as sleep } from 'node:timers/promises';
import { RedisAway } from '../redis-away.ts';
import type { RedisLink } from '../redis-link.ts';

const POLL_MS = 10;
/** Redis puts a write off for two seconds at most, while the disk is busy with what was written before. */
const WRITTEN_WITHIN_MS = 2_500;

/** How far the file is in which Redis keeps its data. */
export interface AppendOnlyFile {
  readonly writtenBytes: number;
  /** Answered already, and lost when Redis is killed. */
  readonly bufferedBytes: number;
  /** Changes when the file was written anew, and so counts from another beginning. */
  readonly baseBytes: number;
  readonly isFailing: boolean;
}

/** `none`: it keeps them in memory alone. `unknown`: it does not say, as some managed ones, or may not be asked. */
export async function readAppendOnlyFile(link: RedisLink): Promise<AppendOnlyFile | 'none' | 'unknown'> {
  try {
    const info = await link.run((redis) => redis.info('persistence'), undefined, { evenWhenFull: true });
    return readInfo(info);
  } catch (error) {
    const isRefused = error instanceof RedisAway && (error.code === 'NOPERM' || error.code === 'ERR');
    if (isRefused) return 'unknown';
    throw error;
  }
}

/**
 * Resolves once everything that Redis has answered is in its file, where a kill of Redis does not reach it. It answers
 * earlier: while the disk is busy it puts the write off, and when the disk is full it tells only who writes next.
 *
 * @throws RedisAway when it cannot be written, or not within 2.5 seconds
 */
export async function untilWritten(link: RedisLink): Promise<void> {
  const deadlineMs = performance.now() + WRITTEN_WITHIN_MS;
  let baseBytes: number | undefined;
  let neededBytes = 0;
  for (;;) {
    const file = await readAppendOnlyFile(link);
    if (file === 'none') return;
    if (file === 'unknown') return refusesNoWrite(link);
    if (file.baseBytes !== baseBytes) {
      baseBytes = file.baseBytes;
      neededBytes = file.writtenBytes + file.bufferedBytes;
    }
    if (file.writtenBytes >= neededBytes) return;
    if (file.isFailing) throw new RedisAway('MISCONF');
    if (performance.now() > deadlineMs) throw new RedisAway('TIMEOUT');
    await sleep(POLL_MS);
  }
}

/** What a full disk did not take makes Redis refuse the next write: the most that can be known of one that says nothing. */
async function refusesNoWrite(link: RedisLink): Promise<void> {
  await link.run((redis) => redis.del('{parley}:nothing'), undefined, { evenWhenFull: true });
}

function readInfo(info: string): AppendOnlyFile | 'none' | 'unknown' {
  const valueOf = (name: string): string | undefined => new RegExp(`^${name}:(\\w+)`, 'm').exec(info)?.[1];
  if (valueOf('aof_enabled') === '0') return 'none';
  const [writtenBytes, bufferedBytes, baseBytes] = [
    Number(valueOf('aof_current_size')),
    Number(valueOf('aof_buffer_length')),
    Number(valueOf('aof_base_size')),
  ];
  if (Number.isNaN(writtenBytes + bufferedBytes + baseBytes)) return 'unknown';
  return { writtenBytes, bufferedBytes, baseBytes, isFailing: valueOf('aof_last_write_status') === 'err' };
}
