import { expect, test } from 'vitest';
import { fitEnsembleWeights, PRIOR } from './ensemble-weights.ts';

/** Logits that favour the right class by `bag` and `network`. */
function heldOut(count: number, { bag, network }: { bag: number; network: number }, C = 3) {
  const labels = Int32Array.from({ length: count }, (_, n) => n % C);
  const rows = Array.from(labels, (label) => Array.from({ length: C }, (_, c) => Number(c === label)));
  return {
    labels,
    texts: rows.map((row) => ({ bagLogits: Float32Array.from(row, (x) => x * bag) })),
    logits: Float32Array.from(rows.flat(), (x) => x * network),
  };
}

test.each([
  ['bag of words', { bag: -3, network: 2 }, 'bag'],
  ['network', { bag: 2, network: -3 }, 'network'],
] as const)('a %s that misleads has the weight 0', (_, favour, misled) => {
  const weights = fitEnsembleWeights(heldOut(60, favour), { bag: true });
  expect(weights[misled]).toBe(0);
  expect(weights.bag + weights.network).toBeGreaterThan(0);
});

test('few texts leave the weights near the prior, many move them', () => {
  const favour = { bag: 0.2, network: 2 };
  const few = fitEnsembleWeights(heldOut(6, favour), { bag: true });
  const many = fitEnsembleWeights(heldOut(600, favour), { bag: true });
  expect(Math.abs(few.network - PRIOR.mean.network)).toBeLessThan(0.4);
  expect(Math.abs(few.bag - PRIOR.mean.bag)).toBeLessThan(0.1);
  expect(many.network).toBeGreaterThan(1.5);
});

test('without a bag of words the network is calibrated alone', () => {
  const { bag, network } = fitEnsembleWeights(heldOut(60, { bag: 5, network: 1 }), { bag: false });
  expect(bag).toBe(0);
  expect(network).toBeGreaterThan(0.5);
});

test('a network alone that misleads keeps the weight of its prior, and the bag of words none', () => {
  expect(fitEnsembleWeights(heldOut(60, { bag: 2, network: -2 }), { bag: false })).toStrictEqual({
    bag: 0,
    network: 0.5,
  });
});

test('two components that mislead have the weights of the prior', () => {
  expect(fitEnsembleWeights(heldOut(60, { bag: -2, network: -2 }), { bag: true })).toStrictEqual(PRIOR.mean);
});
