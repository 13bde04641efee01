import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rowsOf } from '@parley/testing';
import { SENTENCES } from './sentences.ts';
import type { Sentence } from './sentences.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/sandbox.md'), 'utf8');

describe('docs/sandbox.md', () => {
  it('has each sentence of Insider’s page, with its test and what the gateway does', () => {
    expect(rowsOf(PAGE, ['Sentence', 'Section', 'Test', 'Gateway'])).toEqual(
      SENTENCES.map(({ says, section, id, gateway }) => [says, section, `\`${id}\``, onGateway(gateway)]),
    );
  });
});

function onGateway(gateway: Sentence['gateway']): string {
  if (gateway === 'same') return 'yes';
  return 'otherwise' in gateway ? `otherwise: ${gateway.otherwise}` : `no: ${gateway.no}`;
}
