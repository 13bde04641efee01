import { describe, expect, it } from '@jest/globals';
import type { Entry } from '../api/answers.ts';
import { announcement } from './announcement.ts';

const inbound = (wamid: string): Entry => ({
  inbound: { wamid, text: `text ${wamid}`, phoneNumber: '', time: '' },
});

describe('announcement', () => {
  const entries = ['1', '2', '3', '4'].map(inbound);

  it('reads out what is new, and counts a flood', () => {
    expect(announcement(entries, '3')).toBe('User: text 4');
    expect(announcement(entries, '1')).toBe('3 new messages');
  });

  it('is silent when nothing is new, and when it cannot tell', () => {
    expect(announcement(entries, '4')).toBeUndefined();
    expect(announcement(entries, undefined)).toBeUndefined();
    expect(announcement(entries, 'gone')).toBeUndefined();
  });
});
