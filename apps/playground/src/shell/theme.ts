import { signal } from '@preact/signals';
import { keepText, keptText } from '../storage/kept-text.ts';

export type Theme = 'light' | 'dark';

const KEY = 'theme';
const preferred = matchMedia('(prefers-color-scheme: dark)');
const chosen = (): Theme | undefined => {
  const kept = keptText('localStorage', KEY);
  return kept === 'light' || kept === 'dark' ? kept : undefined;
};
const present = (): Theme => chosen() ?? (preferred.matches ? 'dark' : 'light');

/** That of the system until somebody chooses one. */
export const theme = signal<Theme>(present());

export function followTheme(): void {
  preferred.addEventListener('change', () => {
    theme.value = present();
  });
  theme.subscribe((name) => {
    document.documentElement.dataset['theme'] = name;
  });
}

export function toggleTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark';
  keepText('localStorage', KEY, theme.value);
}

/** A colour of the style sheet as drawing code needs it. @param name of a custom property: `--accent` */
export function colour(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
