import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { diagnose } from '@unroll/rnn-core';
import { readGradients } from '@unroll/run';
import { describe, expect, it } from 'vitest';
import { recall, recallSchema } from './recall.ts';

const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
const context = { invocation: 'compare', command: 'compare recall', out: silent, err: silent };

async function tried(settings: Record<string, unknown>) {
  const out = join(mkdtempSync(join(tmpdir(), 'unroll-recall-')), 'run');
  const config = recallSchema.parse({ out, threads: 1, hiddenSize: 16, probeGradients: 20, ...settings });
  const result = await recall(config, context);
  const snapshots = readGradients(out);
  return { result, first: diagnose(snapshots.slice(0, 1)), last: diagnose(snapshots.slice(-3)) };
}

describe('recall', { timeout: 120_000 }, () => {
  it('the adding problem: an RNN cannot, its gradient gone before the first number; a GRU can', async () => {
    const task = { task: 'adding', delay: 30, steps: 260 };
    const rnn = await tried({ ...task, cell: 'rnn' });
    expect(rnn.result['solved']).toBe(false);
    expect(rnn.last.flow).toBe('vanishing');
    expect(rnn.last.layers[0]!.horizon).toBeLessThan(15); // the first number stands in the first half of 30
    const gru = await tried({ ...task, cell: 'gru', hiddenSize: 32, validateEvery: 20, steps: 800 });
    expect(gru.result['solved']).toBe(true);
    expect(gru.result['steps']).toBeLessThan(800);
    expect(gru.last.flow).toBe('stable');
  });

  it('gates initialised as in torch forget; with chrono initialisation for the task’s delay they do not', async () => {
    const task = { task: 'copy', delay: 40, cell: 'lstm', steps: 20 };
    const plain = await tried({ ...task, chronoInit: 0 });
    expect(plain.first.flow).toBe('vanishing');
    expect(plain.first.layers[0]!.horizon).toBeLessThan(12);
    const remembering = await tried(task);
    expect(remembering.first.flow).toBe('stable');
  });

  it('a gradient that explodes ruins plain descent, and clipping rescues it', async () => {
    const task = { task: 'temporal-order', delay: 20, cell: 'rnn', hiddenSize: 32, steps: 700 };
    const steep = { recurrentInit: 'orthogonal', gain: 1.3, optimizer: 'sgd', lr: 0.3 };
    const atFirst = await tried({ ...task, ...steep, gradClip: 0, steps: 1, probeGradients: 1 });
    expect(atFirst.first.layers[0]!.factor).toBeGreaterThan(1.05);
    const wild = await tried({ ...task, ...steep, gradClip: 0 });
    expect(wild.result['solved']).toBe(false);
    const clipped = await tried({ ...task, ...steep, gradClip: 0.5 });
    expect(clipped.result['solved']).toBe(true);
  });

  it('gives the same scores a second time, bit for bit', async () => {
    const settings = { task: 'parity', delay: 6, cell: 'lstm', steps: 40, backend: 'reference' };
    const [first, second] = [await tried(settings), await tried(settings)];
    expect(second.result['accuracy']).toBe(first.result['accuracy']);
    expect(second.last).toEqual(first.last);
  });
});
