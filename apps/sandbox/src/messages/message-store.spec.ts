import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { Changes } from '../live/changes.ts';
import { StateFile } from '../state/state-file.ts';
import { messageUnderTest } from './message-under-test.ts';
import { MAX_MESSAGES, MessageStore } from './message-store.ts';

const NO_STATE = new StateFile(undefined);

describe('MessageStore', () => {
  it('finds by recipient, key and text, the newest of them in the order they came', () => {
    const store = new MessageStore(new Changes(), NO_STATE);
    store.add(messageUnderTest('a'));
    store.add(messageUnderTest('b', { phoneNumber: '+15550009999' }));
    store.add(messageUnderTest('c', { body: 'good morning' }));
    const keys = (query: object): readonly string[] =>
      store.find({ limit: 10, ...query }).map(({ key }) => key);

    expect(keys({})).toEqual(['a', 'b', 'c']);
    expect(keys({ limit: 2 })).toEqual(['b', 'c']);
    // A plus in a query string arrives as a space.
    expect(keys({ recipient: ' 15550001234' })).toEqual(['a', 'c']);
    expect(keys({ recipient: '+15550009999' })).toEqual(['b']);
    expect(keys({ key: 'c' })).toEqual(['c']);
    expect(keys({ text: 'morning' })).toEqual(['c']);
  });

  it('makes room by dropping the oldest', () => {
    const store = new MessageStore(new Changes(), NO_STATE);
    for (let count = 0; count <= MAX_MESSAGES; count += 1) store.add(messageUnderTest(String(count)));
    expect(store.find({ limit: MAX_MESSAGES + 1 })).toHaveLength(MAX_MESSAGES);
    expect(store.find({ key: '0', limit: 1 })).toEqual([]);
    expect(store.total).toBe(MAX_MESSAGES + 1);
  });

  it('makes room in conversations and for what users write too', () => {
    const store = new MessageStore(new Changes(), NO_STATE);
    store.addInbound({ wamid: 'wamid', phoneNumber: '+15550009999', text: 'hi', time: new Date(0) });
    for (let count = 1; count < MAX_MESSAGES; count += 1) store.add(messageUnderTest(String(count)));
    expect(store.conversations({ limit: 9 }).conversations.map(({ size }) => size)).toEqual([
      MAX_MESSAGES - 1,
      1,
    ]);
    store.add(messageUnderTest('last'));
    expect(store.conversation('+15550009999')).toBeUndefined();
    expect([...store.entries()]).toHaveLength(MAX_MESSAGES);
  });

  it('begins anew when cleared', () => {
    const store = new MessageStore(new Changes(), NO_STATE);
    store.add(messageUnderTest('a'));
    store.clear();
    store.add(messageUnderTest('b'));
    store.addStatus('a', { status: 'read', time: new Date(0) });
    expect([store.total, store.get('a'), store.get('b')?.key]).toEqual([1, undefined, 'b']);
    for (let count = 0; count < MAX_MESSAGES; count += 1) store.add(messageUnderTest(String(count)));
    expect(store.get('b')).toBeUndefined();
  });

  it('keeps a message’s statuses in order, and does not bring a dropped one back', () => {
    const store = new MessageStore(new Changes(), NO_STATE);
    store.add(messageUnderTest('a'));
    store.addStatus('a', { status: 'sent', time: new Date(1) });
    store.addStatus('a', { status: 'read', time: new Date(2) });
    store.addStatus('gone', { status: 'sent', time: new Date(1) });
    expect(store.find({ limit: 10 })).toMatchObject([{ statuses: [{ status: 'sent' }, { status: 'read' }] }]);
  });

  it('waits for a number of messages, up to a time', async () => {
    const store = new MessageStore(new Changes(), NO_STATE);
    const two = store.waitFor(2, 60_000);
    store.add(messageUnderTest('a'));
    store.add(messageUnderTest('b'));
    expect(await two).toBe(true);
    expect(await store.waitFor(2, 60_000)).toBe(true);
    expect(await store.waitFor(3, 1)).toBe(false);
  });

  it('waits for texts to one recipient, those that came before included', async () => {
    const store = new MessageStore(new Changes(), NO_STATE);
    store.add(messageUnderTest('a', { phoneNumber: '+15550009999' }));
    const two = store.waitFor(2, 60_000, { recipient: '+15550009999' });
    store.add(messageUnderTest('b'));
    store.add(messageUnderTest('c', { phoneNumber: '+15550009999' }));
    expect(await two).toBe(true);
    expect(await store.waitFor(2, 1, { text: 'nothing' })).toBe(false);
  });

  it('lets nobody wait through a shutdown', async () => {
    const store = new MessageStore(new Changes(), NO_STATE);
    const waiting = store.waitFor(1, 60_000);
    store.onModuleDestroy();
    expect(await waiting).toBe(false);
  });

  describe('with a data folder', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it('goes on after a restart where it stopped', () => {
      const before = new StateFile(folder);
      const store = new MessageStore(new Changes(), before);
      store.add(messageUnderTest('a'));
      store.addInbound({ wamid: 'wamid', phoneNumber: '+15550009999', text: 'hi', time: new Date(1) });
      store.add(messageUnderTest('b'));
      store.addStatus('a', { status: 'sent', time: new Date(2) });
      const kept = [...store.entries()];
      before.onApplicationShutdown();

      const after = new StateFile(folder);
      const restored = new MessageStore(new Changes(), after);
      expect([...restored.entries()]).toEqual(kept);
      expect(restored.total).toBe(2);
      restored.add(messageUnderTest('c'));
      restored.addStatus('a', { status: 'read', time: new Date(3) });
      expect(restored.get('a')?.statuses.map(({ status }) => status)).toEqual(['sent', 'read']);
      expect(restored.page('+15550001234', { limit: 9 }).entries).toHaveLength(3);
      after.onApplicationShutdown();
    });

    it('forgets over a restart what made room or was cleared', () => {
      const before = new StateFile(folder);
      const store = new MessageStore(new Changes(), before);
      store.add(messageUnderTest('a'));
      store.clear();
      store.add(messageUnderTest('b'));
      before.onApplicationShutdown();

      const after = new StateFile(folder);
      expect([...new MessageStore(new Changes(), after).entries()]).toMatchObject([
        { message: { key: 'b' } },
      ]);
      after.onApplicationShutdown();
    });
  });
});
