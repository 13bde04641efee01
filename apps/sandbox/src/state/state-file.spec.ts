import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import 'reflect-metadata';
import { StateFile } from './state-file.ts';

interface Thing {
  readonly name: string;
  readonly time?: Date;
}

let folder: string;
const open: StateFile[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-state-'));
});
afterEach(() => {
  for (const file of open.splice(0)) file.onApplicationShutdown();
  rmSync(folder, { recursive: true });
});

function stateIn(dataFolder: string | undefined): StateFile {
  const file = new StateFile(dataFolder);
  open.push(file);
  return file;
}

describe('StateFile', () => {
  it('keeps what was put over a restart, each collection apart, in the order of the first put', () => {
    const first = stateIn(folder);
    const things = first.collection<Thing>('things');
    things.put('a', { name: 'old' });
    things.put('b', { name: 'b', time: new Date(5) });
    things.put('gone', { name: 'gone' });
    things.put('a', { name: 'new' });
    things.delete('gone');
    first.collection<Thing>('others').put('a', { name: 'other' });
    first.onApplicationShutdown();

    const second = stateIn(folder);
    expect(second.collection('things').load()).toEqual([{ name: 'new' }, { name: 'b', time: new Date(5) }]);
    expect(second.collection('others').load()).toEqual([{ name: 'other' }]);
    second.collection('things').clear();
    second.onApplicationShutdown();

    const third = stateIn(folder);
    expect(third.collection('things').load()).toEqual([]);
    expect(third.collection('others').load()).toHaveLength(1);
  });

  it('keeps what was put when the process is killed at that moment', () => {
    stateIn(folder).collection<Thing>('things').put('a', { name: 'a' });

    // What lies in the folder while the file is open is what a killed process leaves.
    const left = join(folder, 'left');
    cpSync(join(folder, 'sandbox.sqlite'), join(left, 'sandbox.sqlite'));
    cpSync(join(folder, 'sandbox.sqlite-wal'), join(left, 'sandbox.sqlite-wal'));
    expect(stateIn(left).collection('things').load()).toEqual([{ name: 'a' }]);
  });

  it('makes the folder, and closes twice without complaint; what is put later is not kept', () => {
    const file = stateIn(join(folder, 'deep', 'down'));
    file.onApplicationShutdown();
    file.onApplicationShutdown();
    file.collection<Thing>('things').put('a', { name: 'late' });
    expect(
      stateIn(join(folder, 'deep', 'down'))
        .collection('things')
        .load(),
    ).toEqual([]);
  });

  it('is readable for its owner alone, the log beside it too', () => {
    stateIn(folder).collection<Thing>('things').put('a', { name: 'a' });
    for (const name of ['sandbox.sqlite', 'sandbox.sqlite-wal'])
      expect((statSync(join(folder, name)).mode & 0o777).toString(8)).toBe('600');
  });

  it('keeps nothing without a folder', () => {
    const things = stateIn(undefined).collection<Thing>('things');
    things.put('a', { name: 'a' });
    things.delete('a');
    things.clear();
    expect(things.load()).toEqual([]);
  });

  it('refuses a file that another sandbox is using', () => {
    stateIn(folder);
    expect(() => stateIn(folder)).toThrow(/another sandbox is using it\. Stop that one/);
  });

  it('refuses a file of another version', () => {
    const database = new DatabaseSync(join(folder, 'sandbox.sqlite'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => stateIn(folder)).toThrow(/another version of the sandbox wrote it\. Use that one, or move/);
  });

  it('refuses a file that is none of its own, or whose content nobody can read', () => {
    writeFileSync(
      join(folder, 'sandbox.sqlite'),
      'not a database, and long enough to be looked at'.repeat(99),
    );
    expect(() => stateIn(folder)).toThrow(/cannot be used: file is not a database\. .*move it away/);

    const other = join(folder, 'other');
    stateIn(other).onApplicationShutdown();
    const database = new DatabaseSync(join(other, 'sandbox.sqlite'));
    database.exec(`INSERT INTO kept (collection, id, value) VALUES ('things', 'a', x'00')`);
    database.close();
    expect(() => stateIn(other)).toThrow(/cannot be used: .*move it away/);
  });

  it('says so when the folder cannot be made', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => stateIn(join(folder, 'file'))).toThrow(/Check that this user may write there/);
  });
});
