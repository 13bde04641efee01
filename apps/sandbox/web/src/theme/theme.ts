import { effect, signal } from '@preact/signals';

const KEY = 'parley-sandbox-theme';
const THEMES = ['system', 'light', 'dark'] as const;

export type Theme = (typeof THEMES)[number];

/** Light or dark: as the system has it until somebody chooses, and remembered then. */
export class ThemeChoice {
  readonly theme = signal<Theme>(remembered());

  /** Puts it on the page, now and whenever it changes. */
  start(): void {
    effect(() => {
      document.documentElement.dataset['theme'] = this.theme.value;
      try {
        localStorage.setItem(KEY, this.theme.value);
      } catch {
        // A browser may forbid to store anything: then the choice holds until the page is left.
      }
    });
  }

  next(): void {
    const index = THEMES.indexOf(this.theme.peek());
    this.theme.value = THEMES[(index + 1) % THEMES.length] ?? 'system';
  }
}

function remembered(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === stored) ?? 'system';
  } catch {
    return 'system';
  }
}
