import type { CharLmModel } from './char-lm-model.ts';

/** The kinds of a model's networks for a person, such as `2 of 1×480 gru and 2 of 3×240 mingru in blocks`. */
export function networksInShort({ members }: CharLmModel): string {
  const kinds = members.map(
    ({ config: { numLayers, hiddenSize, cell, block } }) =>
      `${numLayers}×${hiddenSize} ${cell}${block ? ' in blocks' : ''}`,
  );
  return [...new Set(kinds)]
    .map((kind) => ({ kind, count: kinds.filter((other) => other === kind).length }))
    .map(({ kind, count }) => (count === 1 ? kind : `${count} of ${kind}`))
    .join(' and ');
}
