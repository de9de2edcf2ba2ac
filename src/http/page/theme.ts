import { byId, setAttribute, setText } from './dom.ts';

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

const KEY = 'peermeter-theme';

/** Lays the remembered theme on the page; to be called before anything is painted. */
export function applyTheme(theme: Theme = rememberedTheme()): void {
  setAttribute(document.documentElement, 'data-theme', theme === 'auto' ? null : theme);
}

/** Makes the switch work, and tells when colours are other ones: by the switch, or by the system. */
export function themeSwitch(onChange: () => void): void {
  const button = byId('theme');
  const name = byId('theme-name');
  let theme = rememberedTheme();
  const show = (): void => {
    setText(name, theme);
    setAttribute(button, 'aria-label', `Theme: ${theme}`);
  };
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
    remember(theme);
    applyTheme(theme);
    show();
    onChange();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
  show();
}

function rememberedTheme(): Theme {
  const kept = stored(() => localStorage.getItem(KEY));
  return THEMES.find((theme) => theme === kept) ?? 'auto';
}

function remember(theme: Theme): void {
  stored(() => localStorage.setItem(KEY, theme));
}

/** A browser that keeps nothing throws at the mere name. */
function stored<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
