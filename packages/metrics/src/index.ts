export { type BleuOptions, type BleuScore, type BleuSmoothing, bleu } from './bleu.ts';
export { type BleuTokenizer, bleuTokenizerFor, bleuTokenizers } from './bleu-tokenizer.ts';
export { expectedCalibrationError } from './calibration.ts';
export { type ChrfOptions, chrf } from './chrf.ts';
export { type ClassificationScore, classification } from './classification.ts';
export { type ClassScore, ConfusionMatrix } from './confusion-matrix.ts';
export { DataError } from './data-error.ts';
export { type DieboldMariano, dieboldMariano } from './diebold-mariano.ts';
export { exactMatch } from './exact-match.ts';
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
} from './forecast.ts';
export { type LanguageModelScore, LanguageModelTally } from './language-model.ts';
export { type McNemar, mcnemar } from './mcnemar.ts';
export { type MeanAndSd, meanAndSd } from './mean-and-sd.ts';
export { macroRocAuc, rocAuc } from './roc-auc.ts';
export {
  type BootstrapScore,
  type PairedSystems,
  type PairedTest,
  pairedBootstrap,
  pairedRandomization,
} from './significance.ts';
export { type TerOptions, type TerScore, ter } from './ter.ts';
export {
  corpusScore,
  type References,
  type SignedScore,
  sentenceScore,
  type TranslationMetric,
} from './translation-metric.ts';
