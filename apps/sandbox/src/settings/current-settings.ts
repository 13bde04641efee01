import { Injectable } from '@nestjs/common';
import { Changes } from '../live/changes.ts';
import { Settings } from './settings.ts';

/** The settings as they are now. Whoever acts on one asks for it at that moment. */
@Injectable()
export class CurrentSettings {
  readonly #initial: Settings;
  #current: Settings;

  constructor(
    initial: Settings,
    private readonly changes: Changes,
  ) {
    this.#initial = initial;
    this.#current = initial;
  }

  get now(): Settings {
    return this.#current;
  }

  /** Takes over what is given, which has been validated, and leaves the rest. */
  change(settings: Partial<Settings>): Settings {
    this.#current = Object.assign(new Settings(), this.#current, settings);
    this.changes.note('settings');
    return this.#current;
  }

  /** Back to what the environment said. */
  reset(): void {
    this.#current = this.#initial;
    this.changes.note('settings');
  }
}
