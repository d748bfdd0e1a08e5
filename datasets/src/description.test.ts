import { readFileSync } from 'node:fs';
import { Rng } from '@unroll/rnn-core';
import { fuzzRuns, mutatedJson, SEED } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { describeDatasets, parseDescriptions } from './description.ts';

test(`a dataset.json that is changed at random is read as it stands, or is one line that names it (seed ${SEED})`, () => {
  const folders = [...new Set(describeDatasets().map(({ folder }) => folder))];
  const texts = folders.map((folder) => readFileSync(new URL(`../${folder}/dataset.json`, import.meta.url), 'utf8'));
  const wrong: string[] = [];
  for (let k = 0; k < fuzzRuns(200); k++) {
    const rng = Rng.seeded(SEED).split(k);
    const at = rng.integer(folders.length);
    const text = mutatedJson(texts[at] as string, rng);
    const complain = (what: string): unknown => wrong.push(`seed ${SEED}, ${k}: ${what}: ${text.slice(0, 300)}`);
    try {
      const descriptions = parseDescriptions(text, folders[at] as string, 'dataset.json');
      const parts = descriptions.flatMap(({ splits }) => (splits.by === 'file' ? [splits.train, splits.test] : []));
      const names = new Set(descriptions.flatMap(({ files }) => files.map(({ name }) => name)));
      if (!parts.flat().every((name) => names.has(name))) complain('a split of no file');
      if (descriptions.length === 0) complain('describes nothing');
    } catch (error) {
      const { name, message } = error as Error;
      const line = `${name}: ${message}`;
      if (
        !/^(CheckpointError: dataset\.json|ConfigError: dataset\.json|FileError: cannot read ).{5,500}$/s.test(line)
      )
        complain(line);
    }
  }
  expect(wrong).toEqual([]);
});
