import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import 'reflect-metadata';
import { Configuration } from '../configuration/configuration.ts';
import { createSandbox } from '../sandbox.ts';

describe('the page', () => {
  let sandbox: NestFastifyApplication;
  beforeEach(async () => {
    sandbox = await createSandbox(Object.assign(new Configuration(), { authKey: 'key' }));
    await sandbox.init();
  });
  afterEach(() => sandbox.close());

  it('is served under a policy that lets nothing inline and nothing foreign run', async () => {
    const { statusCode, headers, body } = await sandbox.inject('/');
    expect(statusCode).toBe(200);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    // What the policy would keep from working.
    expect(body).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/);
  });

  it('is asked for anew each time, and its files, named after their content, once', async () => {
    const { headers, body } = await sandbox.inject('/');
    expect(headers['cache-control']).toBe('no-cache');
    const files = [...body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, file]) => file ?? '');
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const answer = await sandbox.inject(file);
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['cache-control']).toContain('immutable');
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
    }
  });

  it('gives nothing but its own files', async () => {
    for (const path of ['/assets/', '/assets/nowhere.js', '/assets/../../main.js', '/assets/%2e%2e/.built']) {
      expect([403, 404]).toContain((await sandbox.inject(path)).statusCode);
    }
  });
});
