import { CELL_NAMES, createReferenceBackend, fit } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { readSettings } from '../shell/settings.ts';
import { equationsOf } from './equations.ts';
import { UNROLL_SETTINGS } from './settings.ts';
import { ALPHABET, SHAPES } from './shapes.ts';
import { ToyTask, type Unrolled } from './toy-model.ts';

const train = async (query: string): Promise<Unrolled> => {
  const settings = readSettings(UNROLL_SETTINGS, new URLSearchParams(query));
  using task = new ToyTask(settings, createReferenceBackend(), settings.steps);
  await fit(task, settings);
  return task.unrolled(settings.example);
};

test.each([...CELL_NAMES.map((cell) => [cell, 3] as const), ['sru', ALPHABET.length] as const])(
  'the equations of %s with %i units give the states that the network has computed',
  async (cell, hidden) => {
    const net = await train(`cell=${cell}&steps=30&hidden=${hidden}&length=4`);
    for (let t = 1; t <= 4; t++)
      for (let unit = 0; unit < hidden; unit++) {
        const x = ALPHABET.map((letter) => (letter === net.inputs[t - 1] ? 1 : 0));
        const equations = equationsOf(cell, {
          weights: net.weights,
          x,
          h: net.h[t - 1]!,
          c: net.c[t - 1] ?? [],
          unit,
        });
        for (const { numbers } of equations) expect(numbers).not.toContain('+ −');
        expect(equations.at(-1)?.value).toBeCloseTo(net.h[t]![unit]!, 5);
      }
  },
);

test.each(SHAPES)('%s: each example follows the rule, and the network learns it', async (shape) => {
  const net = await train(`shape=${shape}&cell=gru&length=4&hidden=8&steps=250&lr=0.03`);
  expect(net.accuracy).toBeGreaterThan(0.8); // of 0.25 at random
  expect(net.gradients).toHaveLength(5);
  expect(net.gradients[1]).toBeGreaterThan(0);
  const { inputs, targets } = net;
  const letters = inputs.map((letter) => letter ?? '');
  const expected = {
    'many-to-one': [null, null, null, letters[0]],
    'one-to-many': [0, 1, 2, 3].map((t) => ALPHABET[(ALPHABET.indexOf(letters[0] as 'a') + t) % 4]),
    aligned: [null, ...letters.slice(0, 3)],
    'encoder-decoder': [null, null, letters[1], letters[0]],
  };
  expect(targets).toStrictEqual(expected[shape]);
});
