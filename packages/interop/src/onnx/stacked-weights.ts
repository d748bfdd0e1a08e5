import type { Direction } from '@unroll/rnn-core';
import type { Graph, Value } from './graph.ts';

/**
 * A weight of both directions of a layer, one after the other.
 *
 * @param name  without the direction
 * @param dims  of one direction
 * @param parts of one direction, concatenated
 * @returns [D, ...dims]
 */
export function stacked(
  g: Graph,
  name: string,
  dims: readonly number[],
  directions: readonly Direction[],
  parts: (direction: Direction) => readonly ArrayLike<number>[],
): Value {
  return g.weight(name, [directions.length, ...dims], () => concatenated(directions.flatMap(parts)));
}

/** Numbers one after the other. */
export function concatenated(parts: readonly ArrayLike<number>[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
