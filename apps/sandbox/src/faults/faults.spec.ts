import { describe, expect, it } from '@jest/globals';
import type { InsiderMessage } from '@parley/insider';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import 'reflect-metadata';
import { Clock } from '../clock/clock.ts';
import { Changes } from '../live/changes.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import { Settings } from '../settings/settings.ts';
import { Faults, MAX_RULES } from './faults.ts';
import type { Decision } from './faults.ts';
import { ENDPOINT_FAULTS, MESSAGE_FAULTS } from './fault-rule.ts';
import type { FaultRule } from './fault-rule.ts';
import { HeldAnswers } from './held-answers.ts';

const USER = '+15550001234';
const OTHER = '+15550005678';

function message(body = 'hello', phoneNumber = USER): InsiderMessage {
  return { phoneNumber, message: { type: 'text', text: { body } } };
}

interface Parts {
  readonly faults: Faults;
  readonly settings: CurrentSettings;
  readonly changes: Changes;
}

function parts(): Parts {
  const changes = new Changes();
  const settings = new CurrentSettings(new Settings(), changes);
  return { faults: new Faults(settings, changes, new HeldAnswers(new Clock())), settings, changes };
}

function decide(faults: Faults, times: number, messages = [message()]): readonly Decision[] {
  return Array.from({ length: times }, () => faults.decide(messages));
}

describe('Faults', () => {
  it('plays none unless asked to', () => {
    expect(parts().faults.decide([message(), message()])).toEqual({ perMessage: [[], []] });
  });

  it('plays what is switched on until it is switched off', () => {
    const { faults } = parts();
    const rule = faults.switchOn({ fault: 'server-error' });
    expect(decide(faults, 2)).toMatchObject([{ endpoint: 'server-error' }, { endpoint: 'server-error' }]);
    expect(faults.switchOff(rule?.id ?? '')).toBe(true);
    expect(faults.decide([message()])).toEqual({ perMessage: [[]] });
    expect(faults.switchOff(rule?.id ?? '')).toBe(false);
  });

  it('plays a rule as many times as it says, then drops it, and notes each change', () => {
    const { faults, changes } = parts();
    const { take } = changes.listen();
    faults.switchOn({ fault: 'hang', timesLeft: 2 });
    expect(take()?.parts).toEqual(['faults']);
    expect(decide(faults, 3).map(({ endpoint }) => endpoint)).toEqual(['hang', 'hang', undefined]);
    expect(take()?.parts).toEqual(['faults']);
    expect(faults.rules).toEqual([]);
    faults.decide([message()]);
    expect(take()).toBeUndefined();
  });

  it('plays an endpoint’s fault on a request that holds a message it is about', () => {
    const { faults } = parts();
    faults.switchOn({ fault: 'throttled', recipient: OTHER, text: 'two' });
    expect(faults.decide([message('two'), message('one', OTHER)]).endpoint).toBeUndefined();
    expect(faults.decide([message('one'), message('one two', OTHER)]).endpoint).toBe('throttled');
  });

  it('plays a message’s fault on the messages it is about, each fault once', () => {
    const { faults } = parts();
    faults.switchOn({ fault: 'fails', recipient: OTHER });
    faults.switchOn({ fault: 'fails', code: 131000 });
    faults.switchOn({ fault: 'callbacks-late', text: 'late' });
    expect(faults.decide([message('late'), message('hello', OTHER)]).perMessage).toEqual([
      [{ fault: 'fails', code: 131000 }, { fault: 'callbacks-late' }],
      [{ fault: 'fails' }],
    ]);
  });

  it('puts magic before rules, and rules in the order they were switched on', () => {
    const { faults } = parts();
    faults.switchOn({ fault: 'hang' });
    faults.switchOn({ fault: 'throttled', timesLeft: 1 });
    expect(faults.decide([message(), message('#sandbox:maintenance')]).endpoint).toBe('maintenance');
    expect(faults.decide([message()]).endpoint).toBe('hang');
    expect(faults.rules).toHaveLength(2);
  });

  it('spends no message’s fault on a request whose messages are not taken', () => {
    const { faults } = parts();
    faults.switchOn({ fault: 'fails', timesLeft: 1 });
    expect(faults.decide([message('#sandbox:reset-before')])).toEqual({
      endpoint: 'reset-before',
      perMessage: [],
    });
    expect(faults.decide([message('#sandbox:reset-after')])).toEqual({
      endpoint: 'reset-after',
      perMessage: [[{ fault: 'fails' }]],
    });
  });

  it('refuses more rules than it keeps', () => {
    const { faults } = parts();
    for (let count = 0; count < MAX_RULES; count += 1) faults.switchOn({ fault: 'hang' });
    expect(faults.switchOn({ fault: 'hang' })).toBeUndefined();
    faults.switchAllOff();
    expect(faults.switchOn({ fault: 'hang' })).toBeDefined();
  });

  it('plays about as often as the probability says', () => {
    const { faults } = parts();
    faults.switchOn({ fault: 'server-error', probability: 0.25 });
    const played = decide(faults, 4_000).filter(({ endpoint }) => endpoint !== undefined).length;
    expect(played).toBeGreaterThan(900);
    expect(played).toBeLessThan(1_100);
  });

  it('starts its sequence anew at a reset and at a change of the seed', () => {
    const { faults, settings } = parts();
    const run = (): readonly Decision[] => {
      faults.switchAllOff();
      faults.switchOn({ fault: 'server-error', probability: 0.5 });
      return decide(faults, 64);
    };
    const first = run();
    expect(run()).not.toEqual(first);
    faults.reset();
    expect(run()).toEqual(first);
    settings.change({ chaosSeed: 2 });
    expect(run()).not.toEqual(first);
    settings.change({ chaosSeed: 1 });
    expect(run()).toEqual(first);
  });

  it('plays the same faults for the same seed, rules and requests', () => {
    const rule = fc.record(
      {
        fault: fc.constantFrom(...ENDPOINT_FAULTS, ...MESSAGE_FAULTS),
        recipient: fc.constantFrom(USER, OTHER),
        probability: fc.double({ min: 0, max: 1, noNaN: true }),
        timesLeft: fc.integer({ min: 1, max: 5 }),
      },
      { requiredKeys: ['fault'] },
    ) as fc.Arbitrary<Omit<FaultRule, 'id'>>;
    const text = fc.constantFrom(message(), message('two', OTHER), message('#sandbox:fails=1'));
    const requests = fc.array(fc.array(text, { minLength: 1, maxLength: 4 }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.nat(), fc.array(rule, { maxLength: 6 }), requests, (chaosSeed, rules, sent) => {
        const run = (): readonly Decision[] => {
          const { faults, settings } = parts();
          settings.change({ chaosSeed });
          for (const each of rules) faults.switchOn(each);
          return sent.map((messages) => faults.decide(messages));
        };
        expect(run()).toEqual(run());
      }),
      { numRuns: propertyRuns() },
    );
  });
});
