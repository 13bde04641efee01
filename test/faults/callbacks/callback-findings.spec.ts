import { describe, expect, it } from '@jest/globals';
import { NOTHING_FOUND, callbackFindings } from './callback-findings.ts';
import type { Delivery } from './callback-poster.ts';
import type { StatusCallback } from './status-callback.ts';

const [ALICE, BOB] = ['+14155550101', '+14155550102'] as const;

const taken = (key: string, status: StatusCallback['status'], phoneNumber: string = ALICE): Delivery => ({
  callback: { key, status, phoneNumber },
  attempts: [],
  wasTaken: true,
});

type Told = Parameters<typeof callbackFindings>[1];

const told = (...ids: readonly string[]): Told =>
  ids.map((id) => {
    const [key = '', status] = id.split(':');
    return {
      event: { key, status: status as StatusCallback['status'] },
      headers: { ce_id: `event of ${id}` },
    };
  });

const POSTED = [taken('a', 'sent'), taken('b', 'sent', BOB), taken('a', 'read')];

describe('callbackFindings', () => {
  it('finds nothing when each callback is told once, and each recipient’s in order', () => {
    expect(callbackFindings(POSTED, told('b:sent', 'a:sent', 'a:read'))).toEqual(NOTHING_FOUND);
  });

  it('calls lost what was answered with 2xx and is not there, and nothing else', () => {
    const refused = { ...taken('c', 'sent'), wasTaken: false };
    expect(callbackFindings([...POSTED, refused], told('b:sent', 'a:sent'))).toMatchObject({
      lost: ['a:read'],
    });
  });

  it('counts each copy beyond the first', () => {
    const all = told('a:sent', 'a:sent', 'a:read', 'b:sent', 'a:sent');
    expect(callbackFindings(POSTED, all)).toEqual({ ...NOTHING_FOUND, doubled: ['a:sent', 'a:sent'] });
  });

  it('names what was told and never posted', () => {
    const all = told('a:sent', 'a:read', 'b:sent', 'x:sent');
    expect(callbackFindings(POSTED, all)).toEqual({ ...NOTHING_FOUND, phantom: ['x:sent'] });
  });

  it('names what came again as another event', () => {
    const [again, ...all] = told('a:sent', 'a:sent', 'a:read', 'b:sent');
    const renamed = { event: { key: 'a', status: 'sent' }, headers: { ce_id: 'another' } } as const;
    expect(callbackFindings(POSTED, [renamed, ...all])).toMatchObject({ renamed: ['a:sent'] });
    expect(callbackFindings(POSTED, again ? [again, ...all] : [])).toMatchObject({ renamed: [] });
  });

  it('names what comes before an earlier one of its recipient', () => {
    const all = told('a:read', 'b:sent', 'a:sent');
    expect(callbackFindings(POSTED, all)).toEqual({ ...NOTHING_FOUND, disordered: ['a:read'] });
  });
});
