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
    result: { valid: { loss: 1.5, matrix: [1, 2] }, split: 'valid' },
    trainCommand: 'toy train',
    evaluateCommand: 'toy evaluate runs/toy-points-1',
  });
  const [, front = '', body = ''] = card.split(/^---$/m);
  expect(front).toContain('pipeline_tag: text-generation\n');
  expect(front).toContain('        metrics:\n          - type: "valid.loss"\n            value: 1.5\n');
  expect(front).not.toContain('matrix');
  for (const line of [
    '12 parameters',
    'sha256 `abc`',
    '| valid.loss | 1.5 |',
    '    toy train\n',
    'To play.',
    'It breaks.',
  ])
    expect(body).toContain(line);
  expect(body).toContain('    toy evaluate runs/toy-points-1\n');
});
