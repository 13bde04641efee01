import { describe, expect, it } from '@jest/globals';
import { deliveryFigures } from './delivery-figures.ts';
import type { Arrival } from './ledger.ts';

const to = (phoneNumber: string, ...bodies: string[]): Arrival['messages'] =>
  bodies.map((body) => ({ phoneNumber, body }));

const taken = (...messages: Arrival['messages']): Arrival => ({ atMs: 0, status: 200, messages });

const SUBMITTED = [...to('+491511', 'a1', 'a2'), ...to('+491512', 'b1')];

describe('deliveryFigures', () => {
  it('finds nothing when each message was taken once and in order', () => {
    const ledger = [taken(...to('+491512', 'b1'), ...to('+491511', 'a1')), taken(...to('+491511', 'a2'))];
    expect(deliveryFigures(ledger, SUBMITTED)).toEqual({ lost: 0, duplicates: 0, orderBreaks: 0 });
  });

  it('counts a message that was only ever refused as lost', () => {
    const refused = { ...taken(...to('+491512', 'b1')), status: 429 };
    expect(deliveryFigures([taken(...to('+491511', 'a1', 'a2')), refused], SUBMITTED).lost).toBe(1);
  });

  it('counts each time a message was taken again', () => {
    const all = taken(...SUBMITTED);
    expect(deliveryFigures([all, all, taken(...to('+491512', 'b1'))], SUBMITTED).duplicates).toBe(4);
  });

  it('counts a message that was taken after a later one to the same recipient', () => {
    const ledger = [taken(...to('+491511', 'a2')), taken(...to('+491511', 'a1'), ...to('+491512', 'b1'))];
    expect(deliveryFigures(ledger, SUBMITTED).orderBreaks).toBe(1);
  });
});
