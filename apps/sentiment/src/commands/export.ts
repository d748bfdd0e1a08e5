import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ModelFiles } from '@unroll/rnn-core';
import {
  type Context,
  createExportCommand,
  type Export,
  type ExportOptions,
  exportModelFolder,
  exportStateDict,
  ModelFolder,
  openBackend,
  shellQuoted,
} from '@unroll/run';
import { scoreOf } from '../evaluation.ts';
import { SentimentClassifier } from '../prediction/sentiment-classifier.ts';
import { encodeExamples } from '../training/training-data.ts';
import { readRunTexts } from './evaluate.ts';
import { openClassifier } from './open-classifier.ts';

/** `export`: a trained model as other programs read it, or in smaller numbers. */
export const exportCommand = createExportCommand({ onnx, safetensors, torch }, 'a graph');

async function onnx(options: ExportOptions, context: Context): Promise<Export> {
  const { exportOnnx } = await import('../onnx.ts'); // loaded by this command alone
  using opened = await openClassifier({ ...options, backend: 'reference' }, context);
  const files = exportOnnx(opened.classifier, ModelFolder.open(options.dir, 'sentiment').description());
  const example = readFileSync(new URL('../../examples/onnx.mjs', import.meta.url), 'utf8');
  return {
    files: { ...files, 'example.mjs': example },
    next: `cd ${shellQuoted(options.out)} && npm install onnxruntime-node @unroll/sentiment && node example.mjs ${shellQuoted(resolve(options.dir))} 'Wow, loved it'`,
  };
}

function safetensors(options: ExportOptions, context: Context): Promise<Export> {
  return exportModelFolder(options, 'sentiment', { ...METRIC, measure }, context);

  async function measure(models: readonly ModelFiles[]): Promise<readonly number[]> {
    const { valid } = await readRunTexts(options.dir, options.dataDir);
    using compute = await openBackend({ backend: 'auto' });
    const accuracies: number[] = [];
    for (const files of models) {
      using classifier = new SentimentClassifier(files, compute.backend);
      const { texts, labels } = await encodeExamples(classifier.tokenizer, classifier.labels, valid);
      accuracies.push(scoreOf(labels, classifier.probabilities(texts)).accuracy);
    }
    return accuracies;
  }
}

const METRIC = {
  key: 'accuracy',
  title: 'validation accuracy, % ↑',
  show: (accuracy: number): string => (100 * accuracy).toFixed(2),
};

async function torch(options: ExportOptions, context: Context): Promise<Export> {
  const { saveStateDict } = await import('@unroll/interop');
  using opened = await openClassifier({ ...options, backend: 'reference' }, context);
  const { model } = opened.classifier;
  return exportStateDict(options, (dtype) => saveStateDict(model, { dtype }));
}
