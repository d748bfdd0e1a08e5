import { closestMatch } from 'leven';

const MAX_EDITS = 4;

/** `; did you mean --hidden?`, or nothing when no known name is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = closestMatch(name, known, { maxDistance: Math.min(MAX_EDITS, Math.ceil(name.length / 2)) });
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}
