import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { Clock } from '../clock/clock.ts';

/**
 * Connections that a fault holds open: without an answer, or with one that takes its time. Each is let go when its
 * client leaves, when its time is over, at a reset and at shutdown. Beyond {@link MAX_HELD} a connection is reset at
 * once instead.
 */
@Injectable()
export class HeldAnswers implements OnModuleDestroy {
  /** With what takes its next step back. */
  readonly #held = new Map<ServerResponse, () => void>();

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.#held.size;
  }

  /** Says nothing for {@link MAX_HANG_MS}, then resets the connection. */
  hang(response: ServerResponse): void {
    this.#hold(response, MAX_HANG_MS, () => resetConnection(response));
  }

  /** Sends the body a byte every {@link DRIP_MS}, and more at a time where that would take over {@link MAX_DRIPS}. */
  drip(response: ServerResponse, body: Buffer): void {
    const size = Math.max(1, Math.ceil(body.length / MAX_DRIPS));
    const dripFrom = (start: number): void => {
      const end = start + size;
      response.write(body.subarray(start, end));
      if (end >= body.length) response.end();
      else
        this.#held.set(
          response,
          this.clock.after(DRIP_MS, () => dripFrom(end)),
        );
    };
    this.#hold(response, DRIP_MS, () => dripFrom(0));
  }

  /** Resets every connection that is held. */
  letGo(): void {
    for (const response of this.#held.keys()) resetConnection(response);
  }

  onModuleDestroy(): void {
    this.letGo();
  }

  #hold(response: ServerResponse, delayMs: number, act: () => void): void {
    if (this.#held.size >= MAX_HELD) {
      resetConnection(response);
      return;
    }
    this.#held.set(response, this.clock.after(delayMs, act));
    // However it ends, by the last byte, by the client or by a reset, the response closes.
    response.once('close', () => {
      this.#held.get(response)?.();
      this.#held.delete(response);
    });
  }
}

export const MAX_HELD = 1_000;
export const MAX_HANG_MS = 300_000;
export const DRIP_MS = 100;
export const MAX_DRIPS = 1_000;

/** Ends the connection with a TCP reset, so that the client sees it break and not close. */
export function resetConnection(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}
