/** One line of a gateway's log. */
export interface LogLine {
  readonly time: number;
  readonly event?: string;
  readonly messageId?: string;
  readonly messages?: number;
  readonly repeated?: number;
  readonly answer?: string;
  readonly detail?: string;
  readonly durationMs?: number;
  readonly delayMs?: number;
  readonly atMs?: number;
  readonly liveMiB?: number;
  readonly outcome?: string;
  readonly reason?: string;
}

/** The log of one gateway process, as it comes. */
export class GatewayLog {
  readonly lines: LogLine[] = [];
  /** What was no JSON: warnings of the runtime, stacks of crashes. */
  readonly noise: string[] = [];

  take(line: string): void {
    try {
      this.lines.push(JSON.parse(line) as LogLine);
    } catch {
      this.noise.push(line);
    }
  }

  /** Lines of one event, oldest first. */
  of(event: string): LogLine[] {
    return this.lines.filter((line) => line.event === event);
  }
}
