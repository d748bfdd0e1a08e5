import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { optimizationFlags, optimizationRenamed, optimizationRequires } from '../flags/optimization-flags.ts';
import {
  backendFlags,
  backendRequires,
  outputFlags,
  precisionFlags,
  trainingFlags,
} from '../flags/training-flags.ts';
import { command, execute, type Program } from './program.ts';

const toy: Program = {
  app: 'toy',
  invocation: 'toy',
  summary: 'A toy.',
  commands: {
    train: {
      summary: 'Trains.',
      ...command({
        schema: z.strictObject({
          dropout: z.number().min(0).lt(1).default(0),
          variationalDropout: z.boolean().default(false),
          vectors: z.string().optional(),
          freezeVectors: z.boolean().default(false),
          lexicon: z.boolean().default(true),
          lexiconWeight: z.number().default(1),
          beamSize: z.int().default(5),
          sample: z.boolean().default(false),
          steps: trainingFlags.steps,
          minutes: trainingFlags.minutes,
          ...optimizationFlags,
          ...backendFlags,
          ...precisionFlags,
          ...outputFlags,
        }),
        chosenByMinutes: ['dropout'],
        renamed: { variational: 'variationalDropout', dictionary: 'lexicon' },
        requires: [
          {
            flags: ['variationalDropout'],
            when: ({ dropout }, chosen) => dropout > 0 || chosen.has('dropout'),
            needs: '--dropout above 0',
          },
          { flags: ['freezeVectors'], when: ({ vectors }) => vectors !== undefined, needs: '--vectors' },
          { flags: ['lexiconWeight'], when: ({ lexicon }) => lexicon, needs: '--lexicon' },
          { flags: ['beamSize'], when: ({ sample }) => !sample, needs: 'no --sample' },
        ],
        run: async (config) => ({ optimizer: config.optimizer }),
      }),
    },
  },
};

async function call(flags: string): Promise<string> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await execute(toy, ['train', ...flags.split(' ').filter(Boolean)], { stdout, stderr });
  return code === 0 ? 'done' : `${code} ${String(stderr.read() ?? '').trim()}`;
}

test.each([
  ['--momentum 0.9', '--momentum has no effect with --optimizer adam; it needs --optimizer sgd or rmsprop'],
  [
    '--optimizer sgd --beta1 0.9',
    '--beta1 has no effect with --optimizer sgd; it needs --optimizer adam, adamw or muon',
  ],
  ['--optimizer sgd --alpha 0.9', '--alpha has no effect with --optimizer sgd; it needs --optimizer rmsprop'],
  ['--lr-step-size 9', '--lr-step-size has no effect with --lr-schedule cosine; it needs --lr-schedule step'],
  [
    '--lr-schedule step --lr-patience 9',
    '--lr-patience has no effect with --lr-schedule step; it needs --lr-schedule plateau',
  ],
  ['--lr-factor 0.1', '--lr-factor has no effect with --lr-schedule cosine; it needs --lr-schedule step or plateau'],
  [
    '--lr-schedule constant --min-lr-ratio 0',
    '--min-lr-ratio has no effect with --lr-schedule constant; it needs --lr-schedule linear or cosine',
  ],
  [
    '--threads 2 --backend reference',
    '--threads has no effect with --backend reference; it needs --backend auto, native or wasm',
  ],
  [
    '--precision bf16 --backend wasm',
    '--precision has no effect with --backend wasm; it needs --backend auto or native',
  ],
  [
    '--lr-schedule step --warmup-ratio 1',
    '--lr-schedule has no effect with --warmup-ratio 1; it needs --warmup-ratio below 1',
  ],
  [
    '--lr-schedule step --lr-factor 0.1 --steps 1000',
    '--lr-factor has no effect with --steps 1000 and with --lr-step-size 1000; it needs a smaller --lr-step-size or more --steps',
  ],
  [
    '--lr-schedule step --lr-step-size 800 --steps 500',
    '--lr-step-size has no effect with --steps 500; it needs a smaller number or more --steps',
  ],
  [
    '--lr-schedule plateau --lr-factor 0.1 --steps 3',
    '--lr-factor has no effect with --steps 3 and with --lr-patience 2 and without --validate-every; it needs a smaller --lr-patience, a smaller --validate-every or more --steps',
  ],
  [
    '--patience 9 --steps 100',
    '--patience has no effect with --steps 100 and without --validate-every; it needs a smaller number, a smaller --validate-every or more --steps',
  ],
  [
    '--probe-gradients 50 --steps 49',
    '--probe-gradients has no effect with --steps 49; it needs a smaller number or more --steps',
  ],
  [
    '--minutes 1 --dropout 0 --variational-dropout',
    '--variational-dropout has no effect with --dropout 0; it needs --dropout above 0',
  ],
  ['--variational-dropout', '--variational-dropout has no effect with --dropout 0; it needs --dropout above 0'],
  ['--no-variational-dropout', '--no-variational-dropout has no effect with --dropout 0; it needs --dropout above 0'],
  ['--freeze-vectors', '--freeze-vectors has no effect without --vectors'],
  ['--no-lexicon --lexicon-weight 2', '--lexicon-weight has no effect with --no-lexicon; it needs --lexicon'],
  ['--beam-size 2 --sample', '--beam-size has no effect with --sample; leave out --sample'],
])('%s is refused', async (flags, message) => expect(await call(flags)).toBe(`2 toy: ${message}`));

test.each([
  '',
  '--optimizer sgd --momentum 0.9',
  '--optimizer rmsprop --momentum 0.9 --alpha 0.9',
  '--optimizer adamw --beta1 0.8 --beta2 0.9',
  '--lr-schedule plateau --lr-factor 0.1 --lr-patience 3',
  '--lr-schedule step --lr-factor 0.1 --lr-step-size 3',
  '--threads 2 --backend wasm',
  '--threads 1 --backend reference',
  '--precision bf16 --backend native',
  '--precision float32 --backend reference',
  '--dropout 0.1 --variational-dropout',
  '--vectors a --freeze-vectors',
  '--minutes 1 --variational-dropout', // the dropout is not known yet
  '--lr-schedule step --lr-factor 0.1 --steps 1001',
  '--lr-schedule step --lr-step-size 2000 --steps 1500', // by default it would be divided once
  '--lr-schedule plateau --lr-factor 0.1 --steps 4',
  '--patience 8 --steps 100',
  '--patience 9 --steps 100 --validate-every 9',
  '--patience 0 --steps 1',
  '--probe-gradients 50 --steps 50',
  '--patience 99 --probe-gradients 99 --lr-schedule step --lr-factor 0.1 --minutes 1',
])('%s is taken', async (flags) => expect(await call(flags)).toBe('done'));

test.each([
  ['--learning-rate 1', '--learning-rate is now --lr'],
  ['--rate-every 5', '--rate-every is now --lr-step-size or --lr-patience'],
  ['--variational', '--variational is now --variational-dropout'],
  ['--no-dictionary', '--no-dictionary is now --no-lexicon'],
])('%s names the flag of today', async (flags, message) => expect(await call(flags)).toBe(`2 toy: ${message}`));

test('what is said of shared flags is about flags there are', () => {
  const known = Object.keys({ ...optimizationFlags, ...backendFlags, ...precisionFlags });
  expect(known).toEqual(expect.arrayContaining(Object.values(optimizationRenamed).flat()));
  for (const { flags } of [...optimizationRequires, ...backendRequires])
    expect(known).toEqual(expect.arrayContaining([...flags]));
});
