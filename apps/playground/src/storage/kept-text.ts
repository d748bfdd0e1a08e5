type Area = 'localStorage' | 'sessionStorage';

/** A short text that this browser keeps; undefined where it has none, or may keep nothing. */
export function keptText(area: Area, key: string): string | undefined {
  try {
    return globalThis[area].getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a short text, or with undefined no longer. @returns whether the browser does so */
export function keepText(area: Area, key: string, text: string | undefined): boolean {
  try {
    if (text === undefined) globalThis[area].removeItem(key);
    else globalThis[area].setItem(key, text);
    return true;
  } catch {
    return false;
  }
}
