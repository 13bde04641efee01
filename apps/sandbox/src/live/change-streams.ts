import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { Changes } from './changes.ts';
import type { ChangeSet } from './changes.ts';

/** At most so many streams at once. */
export const MAX_STREAMS = 64;
/** Changes wait that long for others to go with them. */
const INTERVAL_MS = 100;
/** Something is written at least that often, so that both ends notice a connection that is gone. */
const KEEP_ALIVE_MS = 15_000;

/**
 * Server-sent events: what changed, ten times a second at most. A client that reads slowly is written nothing meanwhile
 * and then told of all changes in one event, so that it costs no memory.
 */
@Injectable()
export class ChangeStreams implements OnModuleDestroy {
  readonly #streams = new Set<{ end(): void }>();

  constructor(private readonly changes: Changes) {}

  /**
   * Writes events to the response until either side closes it.
   *
   * @param dataOf makes an event's data of what changed
   * @returns false when {@link MAX_STREAMS} are open; then nothing was written
   */
  open(response: ServerResponse, dataOf: (changed: ChangeSet) => object): boolean {
    if (this.#streams.size >= MAX_STREAMS) return false;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write(': connected\n\n');

    const collected = this.changes.listen();
    let writtenMs = performance.now();
    const timer = setInterval(() => {
      if (response.writableNeedDrain) return;
      const changed = collected.take();
      if (changed === undefined && performance.now() - writtenMs < KEEP_ALIVE_MS) return;
      writtenMs = performance.now();
      response.write(
        changed === undefined
          ? ': still here\n\n'
          : `event: change\ndata: ${JSON.stringify(dataOf(changed))}\n\n`,
      );
    }, INTERVAL_MS);

    const stream = { end: () => response.end() };
    this.#streams.add(stream);
    response.on('error', () => undefined);
    response.once('close', () => {
      clearInterval(timer);
      collected.stop();
      this.#streams.delete(stream);
    });
    return true;
  }

  onModuleDestroy(): void {
    for (const stream of this.#streams) stream.end();
  }
}
