import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '@parley/testing';
import { CHROME_PATH, describeWithBrowser, ownBrowser } from './own-browser.ts';
import { TestBrowser } from './test-browser.ts';

const WAIT_TIMEOUT_MS = 5_000;

const FAULTS = {
  'console: mine': 'console.error("mine")',
  'error: thrown': 'setTimeout(() => { throw new Error("thrown") })',
  'error: rejected': 'Promise.reject(new Error("rejected"))',
  'dialog: asked': 'alert("asked")',
  'console: Failed to load resource: the server responded with a status of 404': 'fetch("/missing")',
  'request: GET http://example.com/ net::ERR_NAME_NOT_RESOLVED': 'new Image().src = "http://example.com/"',
  'request: GET http://192.0.2.1/ net::ERR_NAME_NOT_RESOLVED': 'new Image().src = "http://192.0.2.1/"',
};

describeWithBrowser('A page in the browser of tests (needs a browser)', () => {
  const browser = ownBrowser();
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      response.writeHead(request.url === '/missing' ? 404 : 200, {
        'content-type': 'text/html; charset=utf-8',
      });
      response.end('<!doctype html><title>A page</title><link rel="icon" href="data:,"><h1>Hello 👋</h1>');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is loaded and without problems when nothing is wrong', async () => {
    const opened = await browser().openPage(url);
    expect(await opened.page.getByRole('heading').textContent()).toBe('Hello 👋');
    await opened.close();
    expect(opened.problems).toEqual([]);
  });

  for (const [problem, script] of Object.entries(FAULTS)) {
    it(`tells ${problem}`, async () => {
      const opened = await browser().openPage(url);
      await opened.page.evaluate(`void (() => { ${script} })()`);
      const isTold = (): boolean => opened.problems.some((line) => line.startsWith(problem));
      await until('the problem is told', isTold, { timeoutMs: WAIT_TIMEOUT_MS });
      await opened.close();
    });
  }

  it('keeps the first problems and counts the others', async () => {
    const opened = await browser().openPage(url);
    await opened.page.evaluate('for (let i = 1; i <= 60; i++) console.error(i)');
    await until('all are told', () => opened.problems.at(-1) === 'and 10 more', {
      timeoutMs: WAIT_TIMEOUT_MS,
    });
    expect(opened.problems).toHaveLength(51);
    await opened.close();
  });

  it('is saved as a picture, in the size and scheme asked for', async () => {
    const path = join(import.meta.dirname, '../../test-output/screenshots/browser-page.png');
    await rm(path, { force: true });
    const opened = await browser().openPage(url, {
      viewport: { width: 360, height: 640 },
      colorScheme: 'dark',
    });
    expect(await opened.page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(true);
    await opened.screenshot('browser-page');
    const picture = await readFile(path);
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([360, 640]);
    await expect(opened.screenshot('../elsewhere')).rejects.toThrow('named');
    await opened.close();
  });

  it('is closed with its browser', async () => {
    const another = await TestBrowser.launch(CHROME_PATH);
    const opened = await another.openPage(url);
    await another.close();
    await until('the page is closed', () => opened.page.isClosed(), { timeoutMs: WAIT_TIMEOUT_MS });
  });

  it('is not to be had of a program that is no browser, which is said', async () => {
    const launched = TestBrowser.launch(process.execPath);
    await expect(launched).rejects.toThrow(`${process.execPath} did not start:\n`);
  });
});
