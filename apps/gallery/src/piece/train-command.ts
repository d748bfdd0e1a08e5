import { CELL_NAMES, ConfigError } from '@unroll/rnn-core';
import {
  type Command,
  command,
  count,
  optimizationFlags,
  runTraining,
  shellQuoted,
  trainingExclusive,
  trainingFlags,
} from '@unroll/run';
import { z } from 'zod';
import { APP, scoreTable, sizeFlag } from './command.ts';
import type { Piece } from './piece.ts';
import { PieceTask } from './piece-task.ts';
import { PROGRESS, UNIT } from './training.ts';

/** The command that trains the first model of a piece with any cell and size, as a run that can be stopped and resumed. */
export function trainCommand(pieces: readonly Piece[]): Command {
  const recurrent = pieces.filter(({ shape }) => shape !== 'one-to-one');
  const schema = z.object({
    piece: z.enum(recurrent.map(({ name }) => name)).meta({ description: 'which piece', section: 'Piece' }),
    short: z
      .boolean()
      .default(false)
      .meta({ description: 'a part of the data, to see that it works', section: 'Piece' }),
    size: sizeFlag(pieces.flatMap(({ sizes = [] }) => sizes)),
    cell: z.enum(CELL_NAMES).default('gru').meta({ description: 'recurrent cell', section: 'Model' }),
    hiddenSize: z.int().min(1).max(4096).optional().meta({
      description: 'hidden units; by default those of the piece',
      section: 'Model',
    }),
    validateEvery: optimizationFlags.validateEvery,
    probeGradients: optimizationFlags.probeGradients,
    ...trainingFlags,
  });
  return command({
    schema,
    exclusive: trainingExclusive,
    requires: [
      {
        flags: ['size'],
        when: ({ piece }) => pieces.some(({ name, sizes }) => sizes && name === piece),
        needs: `--piece ${pieces.flatMap(({ name, sizes }) => (sizes ? name : [])).join(' or ')}`,
      },
      {
        flags: ['dataDir'],
        when: ({ piece }) => recurrent.some(({ name, dataset }) => dataset !== undefined && name === piece),
        needs: `--piece ${recurrent.flatMap(({ name, dataset }) => (dataset === undefined ? [] : name)).join(', ')}`,
      },
    ],
    run: async (config, context) => {
      const piece = recurrent.find(({ name }) => name === config.piece);
      if (!piece) throw new ConfigError(`--piece must be a piece, got ${config.piece}`);
      const { cell, hiddenSize, seed, probeGradients, size, ...options } = config;
      const { evaluation, result, run } = await runTraining<PieceTask, string>({
        app: APP,
        config,
        context,
        prepare: async () => {
          const trainings = await piece.prepare({
            ...options,
            size: Number(size),
            say: (line) => context.err.write(`${line}\n`),
          });
          const [[name, create]] = Object.entries(trainings) as [[string, (typeof trainings)[string]]];
          const made = create({ cell, hiddenSize });
          return {
            data: { name: piece.name, files: [] },
            architecture: made.model.constructor.name,
            model: { piece: piece.name, ...made.config },
            tokenizer: {},
            unit: UNIT,
            metrics: PROGRESS,
            stepsPerEpoch: Math.ceil(made.examples / made.batchSize),
            createTask: (backend, steps) => {
              const training = create({ cell, hiddenSize, steps });
              return new PieceTask(
                { ...training, learner: { ...training.learner, probeGradients } },
                { seed, backend },
              );
            },
            describe: ({ learner }) => `${piece.name}, ${cell}: ${count(learner.parameters.size)} parameters`,
            evaluate: async ({ training }, backend) => {
              const { scores } = training.evaluate(backend);
              return { evaluation: scoreTable(piece.metrics, new Map([[name, [scores]]])), result: { ...scores } };
            },
          };
        },
      });
      const predict = piece.input
        ? ` Go on with:\n  ${context.invocation} predict ${shellQuoted(run)} ${piece.input}`
        : '';
      context.out.write(`${evaluation}\nThe run is in ${run}.${predict}\n`);
      return result;
    },
  });
}
