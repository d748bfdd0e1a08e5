/**
 * Writes all texts of a data set as ten folds, in folders 0 to 9 of DIR with a file for each part. The fold of a text is the first 32 bits of
 * its sha256, modulo 10; that of the folder's number is for testing, the next one for validation.
 *
 *     node .ci/start.mjs apps/sentiment/bench/ten-folds.ts customer-reviews DIR
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLabelledTexts } from '../src/data/labelled-texts.ts';

const FOLDS = 10;
const [dataset = 'customer-reviews', out = 'folds'] = process.argv.slice(2);
const { train, valid, test } = await readLabelledTexts({ dataset, textColumn: 'text', labelColumn: 'label' });

const foldOf = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0) % FOLDS;

const texts = [...train, ...valid, ...test].map((example) => ({ ...example, fold: foldOf(example.text) }));
for (let fold = 0; fold < FOLDS; fold++) {
  const partOf = (other: number): string =>
    other === fold ? 'test' : other === (fold + 1) % FOLDS ? 'valid' : 'train';
  mkdirSync(join(out, `${fold}`), { recursive: true });
  for (const part of ['train', 'valid', 'test']) {
    const lines = texts.filter((one) => partOf(one.fold) === part).map(({ label, text }) => `${label}\t${text}\n`);
    writeFileSync(join(out, `${fold}`, `${part}.tsv`), lines.join(''));
  }
}
