import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** How long an answer may keep its connection before it is cut off. */
const WAIT_MS = 300;
const AT_ONCE = 64;

export interface RawCase {
  /** Written one after another. */
  readonly pieces: readonly Buffer[];
  /** How the connection is left: in order, half open, or torn. */
  readonly ending: 'end' | 'wait' | 'reset';
}

/** What came back on a connection of its own until the other side closed it, or its time was over. */
export async function exchange(port: number, { pieces, ending }: RawCase): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  const received: Buffer[] = [];
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  socket.on('data', (bytes) => received.push(bytes));
  socket.on('error', () => close());
  socket.on('close', () => close());
  for (const piece of pieces) {
    socket.write(piece);
    await turn();
  }
  if (ending === 'end') socket.end();
  if (ending === 'reset') socket.resetAndDestroy();
  const cut = setTimeout(() => socket.destroy(), WAIT_MS);
  await closed;
  clearTimeout(cut);
  return Buffer.concat(received);
}

/** Does something with each of many, some of them at a time. */
export async function eachOf<T>(
  all: readonly T[],
  act: (one: T, index: number) => Promise<unknown>,
  atOnce = AT_ONCE,
): Promise<void> {
  const rest = all.entries();
  const work = async (): Promise<void> => {
    for (const [index, one] of rest) await act(one, index);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
