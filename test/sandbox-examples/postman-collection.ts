import { readFileSync } from 'node:fs';

/** What these tests read of Postman's format v2.1. */
export interface Collection {
  readonly info: { readonly name: string; readonly schema: string };
  readonly item: readonly (Folder | Item)[];
  readonly variable: readonly { readonly key: string; readonly value: string }[];
}

interface Folder {
  readonly name: string;
  readonly item: readonly (Folder | Item)[];
}

export interface Item {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly header: readonly { readonly key: string; readonly value: string }[];
    readonly url: {
      readonly raw: string;
      readonly host: readonly string[];
      readonly path: readonly string[];
      readonly query?: readonly { readonly key: string; readonly value: string }[];
    };
    readonly body?: { readonly mode: string; readonly raw: string };
    readonly description: string;
  };
  readonly response: readonly SavedResponse[];
}

interface SavedResponse {
  readonly name: string;
  readonly status: string;
  readonly code: number;
  readonly body: string;
}

export function readCollection(path: string): Collection {
  return JSON.parse(readFileSync(path, 'utf8')) as Collection;
}

/** All requests, in the order in which Postman runs them. */
export function itemsOf({ item }: Pick<Collection, 'item'>): readonly Item[] {
  return item.flatMap((each) => ('request' in each ? [each] : itemsOf(each)));
}

/** Sends a request as Postman does: with the variables in their places. */
export async function sendItem(
  { request }: Item,
  variables: ReadonlyMap<string, string>,
): Promise<{ readonly status: number; readonly text: string }> {
  const fill = (text: string): string =>
    text.replace(/\{\{(\w+)\}\}/g, (_all, name: string) => {
      const value = variables.get(name);
      if (value === undefined) throw new Error(`${name} is no variable of the collection`);
      return value;
    });
  const { method, header, url, body } = request;
  const response = await fetch(fill(url.raw), {
    method,
    headers: header.map(({ key, value }): [string, string] => [key, fill(value)]),
    ...(body && { body: fill(body.raw) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { status: response.status, text: await response.text() };
}

const TIMEOUT_MS = 10_000;
