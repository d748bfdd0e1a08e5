import type { Rng } from '@unroll/rnn-core';

/** A sentence and its translation. */
export interface Pair {
  readonly source: string;
  readonly target: string;
}

interface Noun {
  readonly en: string;
  readonly fr: string;
  readonly isFeminine: boolean;
}

const noun = (en: string, fr: string, isFeminine = false): Noun => ({ en, fr, isFeminine });
const NOUNS = [
  noun('cat', 'chat'),
  noun('dog', 'chien'),
  noun('bird', 'pigeon'),
  noun('king', 'roi'),
  noun('baker', 'boulanger'),
  noun('queen', 'reine', true),
  noun('cow', 'vache', true),
  noun('girl', 'fille', true),
  noun('mouse', 'souris', true),
  noun('dancer', 'danseuse', true),
];
const THINGS = [
  noun('garden', 'jardin'),
  noun('bridge', 'pont'),
  noun('castle', 'palais'),
  noun('house', 'maison', true),
  noun('street', 'rue', true),
  noun('kitchen', 'cuisine', true),
];
/** English, French masculine, French feminine; French puts these after the noun. */
const ADJECTIVES = [
  ['black', 'noir', 'noire'],
  ['white', 'blanc', 'blanche'],
  ['green', 'vert', 'verte'],
  ['blue', 'bleu', 'bleue'],
  ['tired', 'fatigué', 'fatiguée'],
  ['happy', 'content', 'contente'],
] as const;
/** And these before it. */
const EARLY = [
  ['small', 'petit', 'petite'],
  ['big', 'grand', 'grande'],
] as const;
const VERBS = [
  ['sees', 'voit'],
  ['loves', 'adore'],
  ['follows', 'suit'],
  ['hears', 'entend'],
  ['finds', 'trouve'],
] as const;
const PLACES = [
  ['in', 'dans'],
  ['behind', 'derrière'],
  ['near', 'devant'],
] as const;

/** A sentence of a small grammar, in which adjectives change their place and agree with their noun. */
export function drawPair(rng: Rng): Pair {
  const pick = <T>(list: readonly T[]): T => list[rng.integer(list.length)] as T;
  const phrase = (nouns: readonly Noun[]): Pair => {
    const { en, fr, isFeminine } = pick(nouns);
    const isDefinite = rng.uniform() < 0.6;
    const [theEn, theFr] = isDefinite ? ['the', isFeminine ? 'la' : 'le'] : ['a', isFeminine ? 'une' : 'un'];
    const form = isFeminine ? 2 : 1;
    const early = rng.uniform() < 0.3 ? pick(EARLY) : undefined;
    const late = rng.uniform() < 0.5 ? pick(ADJECTIVES) : undefined;
    return {
      source: [theEn, early?.[0], late?.[0], en].filter(Boolean).join(' '),
      target: [theFr, early?.[form], fr, late?.[form]].filter(Boolean).join(' '),
    };
  };
  const [subject, verb, object] = [phrase(NOUNS), pick(VERBS), phrase(rng.uniform() < 0.6 ? NOUNS : THINGS)];
  const where = rng.uniform() < 0.35 ? { place: pick(PLACES), thing: phrase(THINGS) } : undefined;
  const join = (side: 'source' | 'target', k: 0 | 1): string =>
    `${[subject[side], verb[k], object[side], where?.place[k], where?.thing[side]].filter(Boolean).join(' ')}.`;
  return { source: join('source', 0), target: join('target', 1) };
}

const KNOWN = new Set([
  'the',
  'a',
  ...[...NOUNS, ...THINGS].map(({ en }) => en),
  ...[...ADJECTIVES, ...EARLY, ...VERBS, ...PLACES].map(([en]) => en),
]);

/** The words of a sentence that no sentence of the grammar has, each once. */
export const unknownWords = (sentence: string): string[] =>
  [...new Set(sentence.match(/[\p{L}\p{N}]+/gu) ?? [])].filter((word) => !KNOWN.has(word));
