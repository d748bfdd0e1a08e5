/** A program of its own that trains for a moment, saving every tenth step. */
import { yieldToEventLoop } from '@unroll/rnn-core';
import { z } from 'zod';
import { command } from '../cli/program.ts';
import { main } from '../index.ts';
import { Run } from './run.ts';

const schema = z.strictObject({ out: z.string().optional(), resume: z.string().optional() });

const train = command({
  schema,
  run: async ({ out, resume }, context) => {
    using run = Run.open({
      app: 'toy',
      context,
      ...(resume === undefined ? { out } : { resume }),
      data: { name: 'numbers', files: [] },
      config: {},
      architecture: 'Toy',
      model: {},
      tokenizer: {},
      steps: 70,
      unit: 'numbers',
      metrics: [],
    });
    const w = new Float32Array(1000);
    const last = run.last();
    if (last) w.set(last.weights.get('w')?.data as Float32Array);
    for (let step = (last?.step ?? 0) + 1; step <= run.steps; step++) {
      for (const until = performance.now() + 2; performance.now() < until; );
      w.forEach((value, i) => {
        w[i] = Math.sin(value + step * i);
      });
      run.log({ step, numbers: 1 });
      await yieldToEventLoop();
      if (step % 10 === 0 || run.signal.aborted)
        run.save(
          { step, weights: new Map([['w', { shape: [1000], data: w }]]), trainer: new Map(), state: {} },
          { isBest: step % 10 === 0 },
        );
      if (run.signal.aborted && step < run.steps) run.stop();
    }
    run.finish({});
    return {};
  },
});

await main({ app: 'toy', invocation: 'toy', summary: '', commands: { train: { summary: '', ...train } } });
