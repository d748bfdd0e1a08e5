export { expectedCalibrationError } from './classification/calibration.ts';
export { type ClassificationScore, classification } from './classification/classification.ts';
export { type ClassScore, ConfusionMatrix } from './classification/confusion-matrix.ts';
export { type McNemar, mcnemar } from './classification/mcnemar.ts';
export { macroRocAuc, rocAuc } from './classification/roc-auc.ts';
export { DataError } from './data-error.ts';
export {
  coverage,
  crpsOfQuantiles,
  crpsOfSamples,
  mase,
  type QuantileForecast,
  quantileLoss,
  seasonalNaiveError,
  smape,
  weightedQuantileLoss,
} from './forecasting/forecast.ts';
export { type LanguageModelScore, LanguageModelTally } from './language-model.ts';
export { leastSquares } from './least-squares.ts';
export { type MeanAndSd, meanAndSd } from './mean-and-sd.ts';
export { type BleuOptions, type BleuScore, type BleuSmoothing, bleu, bleuZeroReason } from './translation/bleu.ts';
export { type BleuTokenizer, bleuTokenizerFor, bleuTokenizers } from './translation/bleu-tokenizer.ts';
export { type ChrfOptions, chrf } from './translation/chrf.ts';
export { exactMatch } from './translation/exact-match.ts';
export {
  type BootstrapScore,
  type PairedSystems,
  type PairedTest,
  pairedBootstrap,
  pairedRandomization,
} from './translation/significance.ts';
export { type TerOptions, type TerScore, ter } from './translation/ter.ts';
export {
  CorpusTally,
  corpusScore,
  type References,
  type SignedScore,
  sentenceScore,
  type TranslationMetric,
} from './translation/translation-metric.ts';
