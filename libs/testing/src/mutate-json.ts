/** One thing that goes wrong with a document. The numbers are taken modulo what there is to choose from. */
export interface JsonMutation {
  readonly act: number;
  /** Which of the document's nodes. */
  readonly at: number;
  /** Which of the hostile names the node gets, where it gets one. */
  readonly name: number;
  /** What replaces the node, where something does. */
  readonly by: unknown;
}

/** A copy of a JSON value after the mutations, one after another. */
export function mutateJson(original: unknown, mutations: readonly JsonMutation[]): unknown {
  const root: JsonHolder = { '': copyOf(original) };
  let multiplied = false;
  for (const { act, at, name, by } of mutations) {
    const places = placesIn(root);
    const place = places[at % places.length];
    const chosen = ACTS[act % ACTS.length] ?? 'delete';
    // Copies of copies of copies are more than any body holds.
    if (place === undefined || (chosen === 'multiply' && multiplied)) continue;
    multiplied ||= chosen === 'multiply';
    mutate(place, { act: chosen, name: HOSTILE_NAMES[name % HOSTILE_NAMES.length] ?? '', by });
  }
  return root[''];
}

/** Values that careless readers stumble over. */
export const HOSTILE_VALUES: readonly unknown[] = [
  ...[null, true, false, '', ' ', 'null', 'NaN', 'undefined', '[object Object]', [], {}, [[]], [null], [{}]],
  ...[
    0,
    -0,
    -1,
    1.5,
    1e308,
    Infinity,
    -Infinity,
    2 ** 53,
    15_550_001_234,
    155_500_012.34,
    131_047,
    1_750_030_073,
  ],
  ...[
    '0',
    '-1',
    '1e9',
    '0x10',
    '٣٤٥',
    '9'.repeat(400),
    '15550001234',
    '+1 555 000-1234',
    '1750030073',
    '175003007',
  ],
  ...['\ud800', 'a\udfff', '\u0000', 'a\r\nb: c', '\u202e', '\ufeff', 'é'.repeat(300), 'x'.repeat(5_000)],
  ...[
    '__proto__',
    'constructor',
    '../../x',
    '<script>',
    "'; --",
    '${x}',
    '%s%n',
    'wamid.',
    'whatsapp-',
    '{"a":1}',
  ],
  ...['sent', 'FAILED', 'played', 'system', 'call', 'messages', 'calls', 'account_update', 'text', 'image'],
];

/** Names of fields that mean something, to readers or to the language. */
const HOSTILE_NAMES: readonly string[] = [
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'toJSON',
    'hasOwnProperty',
    'length',
    'then',
    '',
    '0',
  ],
  ...[
    'key',
    'Key',
    'id',
    'status',
    'statuses',
    'messages',
    'message',
    'error',
    'errors',
    'entry',
    'changes',
    'value',
  ],
  ...[
    'field',
    'type',
    'from',
    'contacts',
    'template',
    'messageId',
    'phoneNumber',
    'text',
    'body',
    'metadata',
  ],
];

type Act = 'delete' | 'double' | 'replace' | 'rename' | 'nest' | 'multiply';

/** The costly ones are rare. */
const ACTS: readonly Act[] = [
  ...Array<Act[]>(25).fill(['delete', 'double', 'replace', 'rename']).flat(),
  ...(['nest', 'multiply'] as const),
];

const COPIES = 1_200;
const LEVELS = 500;

type JsonHolder = Record<string, unknown> | unknown[];

interface Place {
  readonly holder: JsonHolder;
  readonly name: string;
}

function mutate(
  { holder, name }: Place,
  { act, name: newName, by }: { act: Act; name: string; by: unknown },
): void {
  const node = Object.getOwnPropertyDescriptor(holder, name)?.value as unknown;
  switch (act) {
    case 'delete':
      if (Array.isArray(holder)) holder.splice(Number(name), 1);
      else Reflect.deleteProperty(holder, name);
      break;
    case 'double':
      if (Array.isArray(holder)) holder.splice(Number(name), 0, node);
      else set(holder, name, [node, node]);
      break;
    case 'multiply':
      set(holder, name, Array<unknown>(COPIES).fill(node));
      break;
    case 'replace':
      set(holder, name, copyOf(by));
      break;
    case 'nest':
      set(holder, name, nested(node));
      break;
    case 'rename':
      if (Array.isArray(holder)) {
        set(holder, name, set({}, newName, node));
      } else {
        Reflect.deleteProperty(holder, name);
        set(holder, newName, node);
      }
      break;
  }
}

/** As JSON.parse does: `__proto__` becomes a field like any other. */
function set(holder: JsonHolder, name: string, value: unknown): JsonHolder {
  return Object.defineProperty(holder, name, { value, writable: true, enumerable: true, configurable: true });
}

function nested(node: unknown): unknown {
  let outer = node;
  for (let level = 0; level < LEVELS; level++) outer = level % 2 === 0 ? [outer] : { value: outer };
  return outer;
}

const MAX_PLACES = 500;

/** Without recursion, and each holder once: earlier mutations may have made it deep and repeat its parts. */
function placesIn(root: JsonHolder): readonly Place[] {
  const places: Place[] = [];
  const holders = new Set<JsonHolder>([root]);
  for (const holder of holders) {
    for (const [name, node] of Object.entries(holder)) {
      if (places.length === MAX_PLACES) return places;
      places.push({ holder, name });
      if (typeof node === 'object' && node !== null) holders.add(node as JsonHolder);
    }
  }
  return places;
}

/** Numbers outside of JSON, such as infinity, stay: a reader of JSON gets them from `1e400`. */
function copyOf(value: unknown): unknown {
  return typeof value === 'object' ? (JSON.parse(JSON.stringify(value)) as unknown) : value;
}
