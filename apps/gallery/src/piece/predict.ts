import { ConfigError } from '@unroll/rnn-core';
import { backendFlags, type Command, command, ModelFolder, openBackend, outputFlags } from '@unroll/run';
import { z } from 'zod';
import { APP } from './command.ts';
import type { Piece } from './piece.ts';

const schema = z.object({
  dir: z.string().min(1).meta({ description: 'folder that a training wrote', argument: 'DIR' }),
  input: z.string().min(1).meta({ description: 'a file, or a word, as the piece takes it', argument: 'INPUT' }),
  ...backendFlags,
  ...outputFlags,
});

/** The command that runs a trained model of any of the pieces. */
export function predictCommand(pieces: readonly Piece[]): Command {
  const predicting = pieces.flatMap(({ name, predict }) => (predict ? name : [])).join(', ');
  return command({
    schema,
    run: async ({ dir, input, ...choice }, { out }) => {
      const folder = ModelFolder.open(dir, APP);
      const { tensors } = folder.weights();
      const { piece: name, ...config } = folder.model;
      const piece = pieces.find((piece) => piece.name === name);
      if (!piece?.predict)
        throw new ConfigError(`DIR must hold a model of ${predicting}, got ${JSON.stringify(name)}`);
      using opened = await openBackend(choice);
      const { text, result } = piece.predict({ config, weights: tensors, backend: opened.backend }, input);
      out.write(`${text}\n`);
      return result;
    },
  });
}
