import type { JSX } from 'preact';
import { MoonIcon, SunIcon, SystemIcon } from '../icons/icons.tsx';
import { usePage } from '../page.ts';

const LABELS = {
  system: 'Colours as the system has them. Change to light',
  light: 'Light colours. Change to dark',
  dark: 'Dark colours. Change to the system’s',
} as const;

export function ThemeButton(): JSX.Element {
  const { themeChoice } = usePage();
  const theme = themeChoice.theme.value;
  const label = LABELS[theme];
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      onClick={() => themeChoice.next()}
    >
      {theme === 'system' ? <SystemIcon /> : theme === 'light' ? <SunIcon /> : <MoonIcon />}
    </button>
  );
}
