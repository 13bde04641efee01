import { ILL_MOODS } from '../traffic/moody-provider.ts';
import type { Mood } from '../traffic/moody-provider.ts';

/** What happens to processes, one at a time, and how long it lasts. */
export const TROUBLES = [
  'replica killed',
  'replica stopped',
  'replica frozen',
  'member comes and goes',
  'broker killed',
  'broker stopped',
  'broker frozen',
  'Redis killed',
  'Redis frozen',
] as const;

export type Trouble = (typeof TROUBLES)[number];

export interface Round {
  readonly trouble: Trouble | undefined;
  /** Never beside a Redis in trouble: then ids are not remembered, and what the provider loses may be sent twice. */
  readonly mood: Exclude<Mood, 'well'> | undefined;
  readonly troubleMs: number;
  readonly moodMs: number;
  /** Before the next round. */
  readonly calmMs: number;
  /** Which of those that may be hit, from 0 (inclusive) to 1 (exclusive). */
  readonly victim: number;
}

/**
 * Rounds without end, the same for the same random numbers. Every kind comes up once before any comes up again, whichever
 * way they fall together.
 *
 * @param options.pace how many times faster everything is over @default 1
 */
export function* faultSchedule(
  random: () => number,
  { pace = 1 }: { readonly pace?: number } = {},
): Generator<Round, never> {
  const troubles = deck(TROUBLES, random);
  const moods = deck(ILL_MOODS, random);
  const between = ({ least, most }: Span): number => Math.round((least + random() * (most - least)) / pace);
  for (;;) {
    const kind = random();
    const trouble = kind < ONLY_MOOD ? undefined : troubles.next().value;
    const alone = trouble?.startsWith('Redis') === true || kind > 1 - ONLY_TROUBLE;
    const mood = alone ? undefined : moods.next().value;
    yield {
      trouble,
      mood,
      troubleMs: between(trouble?.startsWith('Redis') ? REDIS_MS : TROUBLE_MS),
      moodMs: between(MOOD_MS),
      calmMs: between(CALM_MS),
      victim: random(),
    };
  }
}

interface Span {
  readonly least: number;
  readonly most: number;
}

const ONLY_MOOD = 0.3;
const ONLY_TROUBLE = 0.3;
const TROUBLE_MS: Span = { least: 1_000, most: 12_000 };
const REDIS_MS: Span = { least: 2_000, most: 8_000 };
const MOOD_MS: Span = { least: 1_500, most: 7_000 };
const CALM_MS: Span = { least: 2_000, most: 6_000 };

function* deck<T>(kinds: readonly T[], random: () => number): Generator<T, never> {
  for (;;) {
    const left = [...kinds];
    while (left.length > 0) yield* left.splice(Math.floor(random() * left.length), 1);
  }
}
