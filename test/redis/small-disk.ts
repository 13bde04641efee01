import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of the test's own that is soon full. Needs root, and a kernel that lets it mount. */
export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Tries it, and leaves nothing behind. */
  static get isAllowed(): boolean {
    try {
      SmallDisk.mount(1).unmount();
      return true;
    } catch {
      return false;
    }
  }

  static mount(sizeMiB: number): SmallDisk {
    const folder = mkdtempSync(join(tmpdir(), 'parley-small-disk-'));
    try {
      run('mount', '-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', folder);
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
    return new SmallDisk(folder);
  }

  resize(sizeMiB: number): void {
    run('mount', '-o', `remount,size=${sizeMiB}m`, this.folder);
  }

  unmount(): void {
    run('umount', this.folder);
    rmSync(this.folder, { recursive: true });
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'ignore', timeout: 10_000 });
}
