import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';

/** Whether this system shows the environments of its processes. */
export const CAN_FIND_PROCESSES = existsSync('/proc/self/environ');

/** A variable that every process inherits from the one it was started by, whatever its group and parent are later. */
export class ProcessMark {
  readonly environment = { E2E_PROCESS_MARK: randomUUID() };

  /** Command lines of the processes that carry the mark and still run. */
  async find(): Promise<string[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const commands = await Promise.all(pids.map((pid) => this.#commandIfMarked(pid)));
    return commands.filter((command) => command !== undefined);
  }

  async #commandIfMarked(pid: string): Promise<string | undefined> {
    try {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
      if (!environment.includes(this.environment.E2E_PROCESS_MARK)) return undefined;
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
    } catch {
      return undefined; // it ended meanwhile, or is another user's
    }
  }
}
