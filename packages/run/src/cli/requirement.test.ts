import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { optimizationFlags, optimizationRenamed, optimizationRequires } from '../flags/optimization-flags.ts';
import { backendFlags, backendRequires, outputFlags, precisionFlags } from '../flags/training-flags.ts';
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
          ...optimizationFlags,
          ...backendFlags,
          ...precisionFlags,
          ...outputFlags,
        }),
        renamed: { variational: 'variationalDropout', dictionary: 'lexicon' },
        requires: [
          { flags: ['variationalDropout'], when: ({ dropout }) => dropout > 0, needs: '--dropout above 0' },
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
  ['--optimizer sgd --beta1 0.9', '--beta1 has no effect with --optimizer sgd; it needs --optimizer adam or adamw'],
  ['--optimizer sgd --alpha 0.9', '--alpha has no effect with --optimizer sgd; it needs --optimizer rmsprop'],
  ['--lr-step-size 9', '--lr-step-size has no effect with --lr-schedule cosine; it needs --lr-schedule step'],
  [
    '--lr-schedule step --lr-patience 9',
    '--lr-patience has no effect with --lr-schedule step; it needs --lr-schedule plateau',
  ],
  ['--lr-factor 0.1', '--lr-factor has no effect with --lr-schedule cosine; it needs --lr-schedule step or plateau'],
  [
    '--lr-schedule constant --min-lr-ratio 0',
    '--min-lr-ratio has no effect with --lr-schedule constant; it needs --lr-schedule cosine',
  ],
  [
    '--threads 2 --backend reference',
    '--threads has no effect with --backend reference; it needs --backend auto, native or wasm',
  ],
  [
    '--precision bf16 --backend wasm',
    '--precision has no effect with --backend wasm; it needs --backend auto or native',
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
