import { setTimeout as sleep } from 'node:timers/promises';
import { answer } from '../faulty-provider.ts';
import type { Arrival, Behaviour } from '../faulty-provider.ts';

const LATENCY_MS = 60;
/** Longer than a gateway of these tests waits for an answer. */
const TOO_LATE_MS = 4_000;
const RETRY_AFTER_SECONDS = '1';

/** What a provider may do to every request for a while. */
export type Mood =
  | 'fine'
  | 'throttling'
  | 'unavailable'
  | 'failing'
  | 'failing-behind'
  | 'losing-answers'
  | 'answering-garbage'
  | 'too-slow'
  | 'refusing-key'
  | 'refusing-address';

/** A message that the provider took, under the key that it answers, or would have. */
export interface TakenMessage {
  readonly key: string;
  readonly phoneNumber: string;
}

export function behaviourOf(mood: Mood, onTaken: (message: TakenMessage) => void): Behaviour {
  const take = (arrival: Arrival): string[] => {
    arrival.taken = true;
    return arrival.recipients.map((phoneNumber) => {
      const key = `key-${++keys}`;
      onTaken({ key, phoneNumber });
      return key;
    });
  };
  const behave: Behaviours = {
    fine: (arrival, response) => answer(response, 200, { keys: take(arrival) }),
    throttling: (_, response) => answer(response, 429, {}, { 'retry-after': RETRY_AFTER_SECONDS }),
    unavailable: (_, response) => answer(response, 503),
    failing: (_, response) => answer(response, 500),
    'failing-behind': (arrival, response) => {
      take(arrival);
      answer(response, 504);
    },
    'losing-answers': (arrival, response) => {
      take(arrival);
      response.destroy();
    },
    'answering-garbage': (arrival, response) => {
      take(arrival);
      answer(response, 200, '<html>It works!</html>');
    },
    'too-slow': async (arrival, response) => {
      const taken = take(arrival);
      await sleep(TOO_LATE_MS);
      answer(response, 200, { keys: taken });
    },
    'refusing-key': (_, response) => answer(response, 401, { message: 'Unauthorized' }),
    'refusing-address': (_, response) => answer(response, 403, { code: 1088, message: 'ip-restricted' }),
  };
  return (arrival, response) => void sleep(LATENCY_MS).then(() => behave[mood](arrival, response));
}

type Behaviours = Readonly<Record<Mood, (...call: Parameters<Behaviour>) => void | Promise<void>>>;

let keys = 0;
