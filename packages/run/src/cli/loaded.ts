import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

/** The largest of our programs is so many modules wide; Node opens those that one level imports at once. */
const DESCRIPTORS = 256;

/** Thrown when a program cannot be loaded for want of file descriptors. */
export class LoadError extends Error {
  override name = 'LoadError';
}

/**
 * Imports a program. Without enough file descriptors Node reports files that cannot be opened, packages that are not found or syntax
 * that it does not know, by what it read last; here each says what is wanting.
 *
 * @throws LoadError
 */
export async function loaded<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (freeDescriptors() >= DESCRIPTORS) throw error;
    throw new LoadError(
      'cannot load the program: too many files are open (EMFILE); raise the limit, such as with ulimit -n 1024',
      { cause: error },
    );
  }
}

/** How many files can be opened, up to {@link DESCRIPTORS}. */
function freeDescriptors(): number {
  const files: number[] = [];
  try {
    while (files.length < DESCRIPTORS) files.push(openSync(devNull, 'r'));
  } catch {
    // no more
  }
  for (const file of files) closeSync(file);
  return files.length;
}
