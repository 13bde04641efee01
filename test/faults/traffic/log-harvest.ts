import type { GatewayProcess } from '../gateway-process.ts';

/** What matters of the logs of gateways. The rest is forgotten: that of half an hour is many times as much. */
export class LogHarvest {
  /** Ids that a line named as ambiguous. */
  readonly flagged = new Set<string>();
  /** When requests left, on the machine's monotonic clock. */
  readonly departures: number[] = [];
  /** What those held that were told to note it, after collections, oldest first. */
  readonly liveMiB: number[] = [];
  /** How often each event was logged. */
  readonly counts: Record<string, number> = {};
  readonly #gateways: readonly GatewayProcess[];

  /** @param gateways may become more */
  constructor(gateways: readonly GatewayProcess[]) {
    this.#gateways = gateways;
  }

  /** Takes what was logged since the last time. */
  gather(): void {
    for (const { log } of this.#gateways) {
      for (const { event = 'none', messageId, atMs, liveMiB } of log.lines.splice(0)) {
        this.counts[event] = (this.counts[event] ?? 0) + 1;
        if (event === 'ambiguous' && messageId !== undefined) this.flagged.add(messageId);
        if (event === 'departed' && atMs !== undefined) this.departures.push(atMs);
        if (liveMiB !== undefined) this.liveMiB.push(liveMiB);
      }
    }
  }

  /** What was no JSON: stacks of crashes, warnings of the runtime. */
  get noise(): readonly string[] {
    return this.#gateways.flatMap(({ log }) => log.noise);
  }
}
