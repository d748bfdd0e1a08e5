import { join } from 'node:path';
import { meanAndSd } from '@unroll/metrics';
import { type Metrics, savedTensors } from '@unroll/rnn-core';
import {
  backendFlags,
  type Command,
  type Context,
  checkFolder,
  command,
  count,
  createFolder,
  dataFlags,
  duration,
  type JsonObject,
  ModelFolder,
  nextFreeFolder,
  openBackend,
  outputFlags,
  type ProgressMetric,
  printJson,
  shellQuoted,
  table,
  writeAtomically,
  writeCheckpoint,
} from '@unroll/run';
import { z } from 'zod';
import type { Piece } from './piece.ts';
import { train } from './training.ts';

/** The application that a saved model belongs to. */
export const APP = 'gallery';

const schema = z.object({
  seeds: z
    .array(
      z
        .int()
        .min(0)
        .max(2 ** 32 - 1),
    )
    .min(1)
    .default([1, 2, 3])
    .meta({
      description: 'seeds, one training each; the first model is drawn and saved',
      placeholder: 'N,…',
      section: 'Training',
    }),
  short: z.boolean().default(false).meta({
    description: 'a training of a few seconds, to see that everything works',
    section: 'Training',
  }),
  out: z.string().min(1).optional().meta({
    description: 'folder for the model, the picture and the scores; by default the next free name in runs/',
    placeholder: 'DIR',
    section: 'Output',
  }),
  ...backendFlags,
  ...outputFlags,
});

/** The command of a piece: trains its models with every seed, and prints, draws and saves what they reach. */
export function pieceCommand(piece: Piece): Command {
  return command({
    schema: z.object({
      ...schema.shape,
      ...(piece.sizes && { size: sizeFlag(piece.sizes) }),
      ...(piece.dataset !== undefined && dataFlags),
    }),
    renamed: { seed: 'seeds' },
    check: ({ out }) => out !== undefined && checkFolder(out),
    run: (config, context) => runPiece(piece, config as Config, context),
  });
}

/** The flag of pieces whose images may be reduced. @param sizes the default first */
export const sizeFlag = (sizes: readonly number[]) =>
  z.enum(sizes.map(String)).default(String(sizes[0])).meta({
    description: 'pixels each way that images are reduced to: fewer are faster',
    section: 'Training',
  });

type Config = z.output<typeof schema> & { readonly size?: string; readonly dataDir?: string | undefined };

async function runPiece(piece: Piece, { size, ...config }: Config, context: Context): Promise<JsonObject> {
  const start = performance.now();
  const say = (line: string): void => void context.err.write(`${line}\n`);
  using opened = await openBackend(config);
  const { backend } = opened;
  say(opened.reason);
  const trainings = await piece.prepare({ ...config, ...(size !== undefined && { size: Number(size) }), say });
  const folder = config.out ?? nextFreeFolder(`${APP}-${piece.name}`);
  createFolder(folder);

  const scores = new Map<string, Metrics[]>();
  for (const seed of config.seeds)
    for (const [name, create] of Object.entries(trainings)) {
      const training = create();
      const { parameterCount } = training.model;
      say(`seed ${seed}, ${name}: ${count(parameterCount)} parameters, ${count(training.steps)} steps`);
      using trained = await train(training, { seed, backend, stream: context.err });
      const { scores: reached, draw } = training.evaluate(backend);
      say(`test: ${piece.metrics.map((metric) => `${metric.label} ${shown(metric, reached)}`).join(', ')}`);
      scores.set(name, [...(scores.get(name) ?? []), reached]);
      if (scores.size > 1 || seed !== config.seeds[0]) continue;
      const model = new ModelFolder(folder, APP, training.model.constructor.name, {
        piece: piece.name,
        ...training.config,
      });
      const tensors = savedTensors(trained.parameters);
      writeAtomically(model.file('config.json'), model.configText);
      writeCheckpoint(model.file('model.safetensors'), {
        app: APP,
        model: model.model,
        step: trained.steps,
        tensors,
        state: {},
      });
      if (draw) writeAtomically(join(folder, 'picture.svg'), draw());
    }

  const seconds = (performance.now() - start) / 1000;
  const result = {
    piece: piece.name,
    short: config.short,
    ...(size !== undefined && { size: Number(size) }),
    seeds: config.seeds,
    seconds,
    scores: Object.fromEntries(scores),
    run: folder,
  };
  writeAtomically(join(folder, 'result.json'), printJson(result));
  const saved = shellQuoted(folder);
  const predict = piece.input ? [`${context.invocation} predict ${saved} ${piece.input}`] : [];
  context.out.write(
    `${scoreTable(piece.metrics, scores)}\n${count(config.seeds.length)} ${config.seeds.length === 1 ? 'seed' : 'seeds'}, ${duration(seconds)}. The model and picture.svg are in ${folder}.\n${['What to try next:', ...predict, ...piece.next].join('\n  ')}\n`,
  );
  return result;
}

/** A score with its unit, or of several seeds their mean and standard deviation. */
function shown({ key, unit, digits = 3 }: ProgressMetric, ...scores: readonly Metrics[]): string {
  const values = scores.flatMap((score) => score[key] ?? []).map((value) => (unit === '%' ? 100 * value : value));
  const { mean, sd, n } = meanAndSd(values);
  if (n === 0) return '–';
  return mean.toFixed(digits) + (n > 1 ? ` ± ${sd.toFixed(digits)}` : '') + (unit ? ` ${unit}` : '');
}

/** A row a model: its scores, or of several seeds their mean and standard deviation. */
export function scoreTable(
  metrics: readonly ProgressMetric[],
  scores: ReadonlyMap<string, readonly Metrics[]>,
): string {
  const rows = [...scores].map(([name, each]) => [name, ...metrics.map((metric) => shown(metric, ...each))]);
  return table(['test', ...metrics.map(({ label }) => label)], rows);
}
