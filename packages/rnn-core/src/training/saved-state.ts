import { CheckpointError } from '../errors.ts';
import type { Json, JsonObject } from './json.ts';

/** A JSON object of a checkpoint. @throws CheckpointError when it is none */
export function savedObject(value: Json | undefined, name: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new CheckpointError(`checkpoint: ${name} must be an object, got ${JSON.stringify(value)}; it is damaged`);
}

/**
 * The numeric values of a checkpoint, by name.
 *
 * @param current an object with the numbers of the same names
 * @throws CheckpointError when one of them is no number
 */
export function savedNumbers<Key extends string>(
  value: Json | undefined,
  current: Readonly<Record<Key, number>>,
  name: string,
): Record<Key, number> {
  const saved = savedObject(value, name);
  for (const key of Object.keys(current))
    if (typeof saved[key] !== 'number')
      throw new CheckpointError(
        `checkpoint: ${name}.${key} must be a number, got ${JSON.stringify(saved[key])}; it is damaged`,
      );
  return Object.fromEntries(Object.keys(current).map((key) => [key, saved[key]])) as Record<Key, number>;
}

/**
 * Reads counts, as {@link savedNumbers} reads numbers.
 *
 * @throws CheckpointError when one of them is no whole number of at least 0
 */
export function savedCounts<Key extends string>(
  value: Json | undefined,
  current: Readonly<Record<Key, number>>,
  name: string,
): Record<Key, number> {
  const saved = savedNumbers(value, current, name);
  for (const [key, count] of Object.entries<number>(saved))
    if (!(Number.isSafeInteger(count) && count >= 0))
      throw new CheckpointError(
        `checkpoint: ${name}.${key} must be a whole number of at least 0, got ${count}; it is damaged`,
      );
  return saved;
}
