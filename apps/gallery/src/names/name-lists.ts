import { allLocales } from '@faker-js/faker';
import { type Split, splitByHash } from '@unroll/datasets';

/** Where the family names of each language are in faker. */
const LOCALES = {
  Croatian: ['hr'],
  Czech: ['cs_CZ'],
  English: ['en'],
  French: ['fr', 'fr_BE'],
  German: ['de'],
  Italian: ['it'],
  Polish: ['pl'],
  Romanian: ['ro'],
  Spanish: ['es'],
  Turkish: ['tr'],
} as const satisfies Readonly<Record<string, readonly (keyof typeof allLocales)[]>>;

export const LANGUAGES = Object.keys(LOCALES);

/** A family name, and in which language: the index of {@link LANGUAGES}. */
export interface Name {
  readonly name: string;
  readonly language: number;
}

export type NameParts = Readonly<Record<Split, Name[]>>;

/** The family names of every language, by part: a name that several languages have is in the same part for all. */
export function readNames(): NameParts {
  const parts: Record<Split, Name[]> = { train: [], valid: [], test: [] };
  for (const [language, locales] of Object.values(LOCALES).entries()) {
    const lists = locales.flatMap((locale) => Object.values(allLocales[locale]?.person?.last_name ?? {}).flat());
    const names = new Set(lists.filter((name) => typeof name === 'string' && /^\p{Script=Latin}{2,16}$/u.test(name)));
    for (const name of names) parts[splitByHash(name, { valid: 0.1, test: 0.1 })].push({ name, language });
  }
  return parts;
}

/** Every character of the names, sorted. */
export function charactersOf(parts: NameParts): string[] {
  return [...new Set(Object.values(parts).flatMap((names) => names.flatMap(({ name }) => Array.from(name))))].sort();
}
