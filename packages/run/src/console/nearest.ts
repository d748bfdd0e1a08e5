import leven from 'leven';

const LEAST_PREFIX = 3;
const LONGEST = 60; // characters; the first row of a text that is no table has longer ones

/** `; did you mean --hidden-size?`, or nothing when no known name is near: few edits, the same letters or the same beginning. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = nearestOf(name, known);
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}

/** The known name that is nearest to one that was typed, if any is near. Dashes do not count, nor the order of the same letters. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  const letters = lettersOf(name);
  const most = Math.max(letters.length > 4 ? 2 : 1, Math.floor(letters.length / 3));
  const isPrefix = (candidate: string): boolean =>
    letters.length >= LEAST_PREFIX && lettersOf(candidate).startsWith(letters);
  const [nearest] = known
    .filter(({ length }) => length <= LONGEST)
    .map((candidate) => ({
      candidate,
      isPrefix: isPrefix(candidate),
      edits: leven(letters, lettersOf(candidate)),
    }))
    .filter(
      ({ candidate, isPrefix, edits }) =>
        isPrefix || edits <= most || sorted(lettersOf(candidate)) === sorted(letters),
    )
    .sort((a, b) => Number(b.isPrefix) - Number(a.isPrefix) || a.edits - b.edits);
  return nearest?.candidate;
}

const lettersOf = (name: string): string => name.replaceAll('-', '');
const sorted = (letters: string): string => Array.from(letters).toSorted().join('');
