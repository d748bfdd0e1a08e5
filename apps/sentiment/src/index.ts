export { type Baseline, type Baselines, type BaselineTexts, baselines } from './baseline/index.ts';
export type { Example } from './data/example.ts';
export { LabelSet } from './data/label-set.ts';
export { type NamedScore, scoreOf } from './evaluation.ts';
export { type ClassifierConfig, RecurrentClassifier } from './model/recurrent-classifier.ts';
export { type SentimentConfig, SentimentModel } from './model/sentiment-model.ts';
export { exportOnnx, type OnnxInput, onnxGraph, onnxInputs } from './onnx.ts';
export { type Explanation, explain, type Influence } from './prediction/explanation.ts';
export { modelJson, tokenizerJson } from './prediction/model-files.ts';
export { type LoadOptions, type Prediction, SentimentClassifier } from './prediction/sentiment-classifier.ts';
export {
  SentimentTokenizer,
  type TokenizerConfig,
  type TokenizerFitOptions,
} from './tokenizer/sentiment-tokenizer.ts';
export { type Token, tokenize } from './tokenizer/tokens.ts';
export { modelConfig, SentimentTask, type SentimentTrainingOptions } from './training/sentiment-task.ts';
export { type EncodedExamples, encodeExamples, type TrainingData } from './training/training-data.ts';
