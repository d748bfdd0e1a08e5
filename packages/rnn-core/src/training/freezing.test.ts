import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Module } from '../nn/module.ts';
import { Param, Parameters } from '../nn/parameters.ts';
import { add, mul } from '../ops/elementwise.ts';
import { sum } from '../ops/reduce.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import { expectClose } from '../testing/close.ts';
import { cosines } from '../testing/cosines.ts';
import { Learner, type LearnerOptions } from './learner.ts';

// The cases and their numbers are those of golden/optimizers.py.
const golden = JSON.parse(readFileSync(new URL('../../golden/optimizers.json', import.meta.url), 'utf8')) as {
  readonly unfrozen: Readonly<Record<string, readonly (readonly number[])[]>>;
};

const OPTIONS: Readonly<Record<string, Partial<LearnerOptions>>> = {
  'sgd momentum': { optimizer: 'sgd', momentum: 0.9 },
  'rmsprop momentum decay': { optimizer: 'rmsprop', alpha: 0.9, momentum: 0.5, weightDecay: 0.1 },
  'adam decay': { beta1: 0.8, beta2: 0.95, weightDecay: 0.1 },
  adamw: { optimizer: 'adamw', weightDecay: 0.1 },
};

class Numbers extends Module {
  readonly lower = new Param([3], (values) => values.set(cosines([6], 0).slice(0, 3)));
  readonly upper = new Param([3], (values) => values.set(cosines([6], 0).slice(3)));
  readonly fixed = new Param([1], (values) => values.fill(1), { requiresGrad: false });
}

const STEPS = 8;

function training(options: Partial<LearnerOptions>) {
  const model = new Numbers();
  const backend = createReferenceBackend({ precision: 'float64' });
  const parameters = Parameters.create(model, backend, Rng.seeded(1));
  const learner = new Learner(parameters, { lr: 0.1, gradClip: 1, ...options }, STEPS);
  /** A step whose gradient is given. */
  const step = (n: number): void => {
    using tape = new Tape(backend);
    const part = (from: number) => tape.constant(cosines([6], n).slice(from, from + 3), [3]);
    learner.update(tape, add(sum(mul(model.lower, part(0))), sum(mul(model.upper, part(3)))), n);
  };
  return { model, learner, step, values: () => [...model.lower.toArray(), ...model.upper.toArray()] };
}

describe('gradual unfreezing', () => {
  test.each(Object.entries(golden.unfrozen))(
    '%s: moments, weight decay and clipping go the way of PyTorch, resumed or not',
    (name, path) => {
      const options = { ...OPTIONS[name], freeze: ['low*'], unfreezeAfter: [3 / STEPS] };
      for (const resumeAt of [0, 2, 5]) {
        let current = training(options);
        for (const [k, wanted] of path.entries()) {
          if (k === resumeAt) {
            const next = training(options);
            next.model.lower.view().set(current.model.lower.view());
            next.model.upper.view().set(current.model.upper.view());
            const moments = new Map(next.learner.moments());
            for (const [name, moment] of current.learner.moments()) moments.get(name)!.view().set(moment.view());
            next.learner.restore(current.learner.state());
            current = next;
          }
          current.step(k + 1);
          expectClose(`step ${k + 1}`, current.values(), wanted, { absolute: 1e-9 });
        }
      }
    },
  );

  test('a parameter belongs to the first pattern that matches it; what was unfrozen stays so in a longer training', () => {
    const options = { freeze: ['lower', '*e*'], unfreezeAfter: [0.5, 0.25] };
    expect(() => training(options)).toThrow('--freeze must leave a parameter to train, got lower,*e*');
    const { model, learner } = training({ freeze: ['lower'], unfreezeAfter: [0.9] });
    learner.restore({ ...learner.state(), optimizerSteps: 6, frozenSteps: { lower: 4 } });
    expect(model.lower).toMatchObject({ requiresGrad: true, frozenSteps: 4 });
    expect(model.fixed.requiresGrad).toBe(false);
  });

  test('a pattern that does nothing is refused', () => {
    expect(() => training({ freeze: ['encoder.*'] })).toThrow(
      '--freeze must match a parameter, got encoder.*, which matches none; there are lower, upper, fixed',
    );
    expect(() => training({ freeze: ['fixed'] })).toThrow(
      '--freeze must match a parameter that is not frozen already, got fixed; leave it out',
    );
    expect(() => training({ freeze: ['lower'], unfreezeAfter: [0.1, 0.2] })).toThrow(
      '--unfreeze-after must hold one fraction for all patterns of --freeze or one for each of the 1, got 2',
    );
  });
});
