import { Injectable } from '@nestjs/common';
import { Changes } from '../live/changes.ts';
import { Settings } from './settings.ts';

/** The settings as they are now. Whoever acts on one asks for it at that moment. */
@Injectable()
export class CurrentSettings {
  readonly #initial: Settings;
  #current: Settings;
  readonly #listeners: (() => void)[] = [];

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

  /** For those who have to do something at once; all others ask when they act. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Takes over what is given, which has been validated, and leaves the rest. */
  change(settings: Partial<Settings>): Settings {
    this.#use(Object.assign(new Settings(), this.#current, settings));
    return this.#current;
  }

  /** Back to what the environment said. */
  reset(): void {
    this.#use(this.#initial);
  }

  #use(settings: Settings): void {
    this.#current = settings;
    this.changes.note('settings');
    for (const listener of this.#listeners) listener();
  }
}
