import { describe, expect, it } from '@jest/globals';
import { Changes, MAX_CONVERSATIONS_TOLD } from './changes.ts';

describe('Changes', () => {
  it('tell each listener once what changed since it last asked', () => {
    const changes = new Changes();
    const [first, second] = [changes.listen(), changes.listen()];
    changes.noteConversation('+1');
    changes.noteConversation('+1');
    changes.note('faults');
    const told = { phoneNumbers: ['+1'], parts: ['faults'], everything: false };
    expect(first.take()).toEqual(told);
    expect(first.take()).toBeUndefined();
    expect(second.take()).toEqual(told);
  });

  it('tell that everything changed rather than too much', () => {
    const changes = new Changes();
    const listener = changes.listen();
    for (let count = 0; count <= MAX_CONVERSATIONS_TOLD; count += 1) changes.noteConversation(`+${count}`);
    changes.noteConversation('+1');
    expect(listener.take()).toEqual({ phoneNumbers: [], parts: [], everything: true });
    changes.noteConversation('+1');
    expect(listener.take()).toMatchObject({ phoneNumbers: ['+1'], everything: false });
  });

  it('tell nothing to who has stopped', () => {
    const changes = new Changes();
    const listener = changes.listen();
    listener.stop();
    changes.noteEverything();
    expect(listener.take()).toBeUndefined();
  });
});
