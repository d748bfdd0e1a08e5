import { expect, test } from 'vitest';
import { modelCard } from './model-card.ts';

test('a model card has the metadata of Hugging Face, the data, every metric with its commands, use and limits', () => {
  const card = modelCard({
    app: 'toy',
    name: 'toy-points-1',
    task: 'text-generation',
    summary: 'A toy.',
    intendedUse: 'To play.',
    limits: 'It breaks.',
    data: { name: 'points', sha256: 'abc', files: [] },
    parameters: 12,
    steps: 20,
    metrics: { 'loss.nats': 'loss, nats' },
    splitFlag: '--split',
    source: { title: 'Points', licence: 'CC0-1.0', attribution: 'by us', origin: 'https://x.org', languages: ['en'] },
    result: { valid: { loss: { nats: 1.5 }, examples: 7 }, loss: { nats: 1.5 } },
    trainCommand: 'toy train',
    evaluateCommand: 'toy evaluate runs/toy-points-1',
  });
  const [, front = '', body = ''] = card.split(/^---$/m);
  expect(front).toContain('pipeline_tag: text-generation\n');
  for (const line of [
    'language: ["en"]\nlicense: unknown\n',
    'metrics: ["loss, nats"]\n',
    'dataset: { name: "points", type: "points", split: "valid" }\n        metrics: [{ type: "loss, nats", value: 1.5 }]\n',
  ])
    expect(front).toContain(line);
  for (const line of [
    '12 parameters',
    'sha256 `abc`',
    '[Points](https://x.org), by us. Licence: CC0-1.0.\n',
    '| loss, nats | valid | 1.5 | `toy evaluate runs/toy-points-1 --split valid` |\n\n',
    '    toy train\n',
    'To play.',
    'It breaks.',
  ])
    expect(body).toContain(line);
  expect(card).not.toContain('examples');
});

test('without splits, a named data set and metrics a card says no more than it knows', () => {
  const facts = {
    app: 'toy',
    name: 'a',
    task: 'translation',
    summary: 'A toy.',
    intendedUse: '-',
    limits: '-',
  } as const;
  const data = { name: 'mine', sha256: 'abc', files: [] };
  const commands = { trainCommand: 'toy train', evaluateCommand: 'toy evaluate a' };
  const more = { ...commands, data, parameters: 1, steps: 2, metrics: { bleu: 'BLEU' } };
  expect(modelCard({ ...facts, ...more, result: { data: 'test', bleu: 3 } })).toContain(
    '| BLEU | test | 3 | `toy evaluate a` |',
  );
  const card = modelCard({ ...facts, ...more, result: {} });
  expect(card).toContain('    results: []\n');
  expect(card).toContain('The licence of the data is known to who trained the model.');
  expect(card).not.toContain('language:');
});
