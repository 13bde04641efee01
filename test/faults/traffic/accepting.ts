import { setTimeout as sleep } from 'node:timers/promises';
import { answer } from '../faulty-provider.ts';
import type { Behaviour } from '../faulty-provider.ts';

const LATENCY_MS = 60;

/** A message that the provider took, under the key that it answers. */
export interface TakenMessage {
  readonly key: string;
  readonly phoneNumber: string;
}

/** Takes everything and answers after a fixed latency. @param onTaken before the answer, as the provider may */
export function accepting(onTaken: (message: TakenMessage) => void): Behaviour {
  let keys = 0;
  return (arrival, response) => {
    arrival.taken = true;
    const taken = arrival.recipients.map((phoneNumber) => ({ key: `key-${++keys}`, phoneNumber }));
    taken.forEach(onTaken);
    void sleep(LATENCY_MS).then(() => answer(response, 200, { keys: taken.map(({ key }) => key) }));
  };
}
