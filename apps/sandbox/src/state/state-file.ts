import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { deserialize, serialize } from 'node:v8';

/** Things of one kind that survive a restart, in the order in which each was first put. */
export interface Collection<T> {
  /** What an earlier process left. Once: whoever asks again is told of nothing. */
  load(): readonly T[];
  put(id: string, value: T): void;
  delete(id: string): void;
  clear(): void;
}

/** The state cannot be used; the message is for the operator, and says what to do. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError';
}

/**
 * One SQLite file for all that survives a restart. What is put is with the operating system when `put` returns, so it
 * outlives the process, however that ends (SIGKILL too). It is not forced onto the disk: a machine that loses its power
 * may lose the last seconds, never the file.
 *
 * One process at a time: the file stays locked from its opening to its end. Without a folder nothing is kept.
 */
@Injectable()
export class StateFile implements OnApplicationShutdown {
  readonly #file: OpenFile | undefined;

  /** @throws {StateFileError} when the file cannot be opened, read or locked, or is of another version */
  constructor(dataFolder: string | undefined) {
    this.#file = dataFolder === undefined ? undefined : open(join(dataFolder, FILE_NAME), dataFolder);
  }

  /** The collection of that name; whoever asks for it owns it. What it holds must be what structured clone copies. */
  collection<T>(name: string): Collection<T> {
    return this.#file === undefined ? NOTHING_KEPT : collectionIn<T>(this.#file, name);
  }

  /** Nest calls it after the hooks in which others write for the last time. What is put later is not kept. */
  onApplicationShutdown(): void {
    if (this.#file?.database.isOpen === true) this.#file.database.close();
  }
}

const FILE_NAME = 'sandbox.sqlite';
const VERSION = 1;

const NOTHING_KEPT: Collection<never> = {
  load: () => [],
  put: () => undefined,
  delete: () => undefined,
  clear: () => undefined,
};

interface OpenFile {
  readonly database: DatabaseSync;
  /** By collection, until it is loaded. */
  readonly left: Map<string, unknown[]>;
  readonly put: StatementSync;
  readonly delete: StatementSync;
  readonly clear: StatementSync;
}

function collectionIn<T>({ database, left, ...statements }: OpenFile, name: string): Collection<T> {
  return {
    load() {
      const values = left.get(name) ?? [];
      left.delete(name);
      return values as T[];
    },
    put(id, value) {
      if (database.isOpen) statements.put.run(name, id, serialize(value));
    },
    delete(id) {
      if (database.isOpen) statements.delete.run(name, id);
    },
    clear() {
      if (database.isOpen) statements.clear.run(name);
    },
  };
}

function open(path: string, folder: string): OpenFile {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    // Texts and a webhook's credentials are nobody else's: a file that SQLite makes everybody may read.
    closeSync(openSync(path, 'a', 0o600));
    database = new DatabaseSync(path);
    return prepare(database);
  } catch (error) {
    database?.close();
    throw new StateFileError(`The state in ${path} cannot be used: ${problemOf(error)}`, { cause: error });
  }
}

function prepare(database: DatabaseSync): OpenFile {
  // The lock before all else, and for good: its holder's death frees it, whatever else that leaves behind.
  database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  if (version !== 0 && version !== VERSION) throw new OtherVersion();
  database.exec(
    `CREATE TABLE IF NOT EXISTS kept (seq INTEGER PRIMARY KEY, collection TEXT NOT NULL, id TEXT NOT NULL,
       value BLOB NOT NULL, UNIQUE (collection, id)) STRICT;
     PRAGMA user_version = ${VERSION}`,
  );
  return {
    database,
    left: readAll(database),
    put: database.prepare(
      `INSERT INTO kept (collection, id, value) VALUES (?, ?, ?)
         ON CONFLICT (collection, id) DO UPDATE SET value = excluded.value`,
    ),
    delete: database.prepare('DELETE FROM kept WHERE collection = ? AND id = ?'),
    clear: database.prepare('DELETE FROM kept WHERE collection = ?'),
  };
}

/** All at once, so that a file nobody can read stops the start, and nothing after it. */
function readAll(database: DatabaseSync): Map<string, unknown[]> {
  const left = new Map<string, unknown[]>();
  for (const row of database.prepare('SELECT collection, value FROM kept ORDER BY seq').iterate()) {
    const collection = String(row['collection']);
    const values = left.get(collection) ?? [];
    left.set(collection, values);
    values.push(deserialize(row['value'] as Uint8Array));
  }
  return left;
}

class OtherVersion extends Error {}

const SQLITE_BUSY = 5;

function problemOf(error: unknown): string {
  const elsewhere = 'move it away to start anew, or set SANDBOX_DATA_FOLDER to another folder.';
  if (error instanceof OtherVersion)
    return `another version of the sandbox wrote it. Use that one, or ${elsewhere}`;
  const { errcode, message = 'it cannot be read' } = error as { errcode?: number; message?: string };
  if (errcode === SQLITE_BUSY)
    return 'another sandbox is using it. Stop that one, or set SANDBOX_DATA_FOLDER to another folder.';
  return `${message}. Check that this user may write there; if the file is damaged, ${elsewhere}`;
}
