/**
 * Writes the parallel sentences that `models/translate` is trained on.
 *
 *     node --import tsx -C unroll-source models/translate-data.mts FOLDER
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '@unroll/rnn-core';
import { drawPair } from '../src/translate/grammar.ts';

const [, , folder = '.'] = process.argv;
const rng = Rng.seeded(1);
const pairs = Array.from({ length: 6000 }, () => drawPair(rng));
for (const [name, side] of [
  ['en', 'source'],
  ['fr', 'target'],
] as const)
  writeFileSync(join(folder, `${name}.txt`), `${pairs.map((pair) => pair[side]).join('\n')}\n`);
