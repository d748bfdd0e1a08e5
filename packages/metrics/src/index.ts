export { DataError } from './data-error.ts';
export { type LanguageModelScore, LanguageModelTally } from './language-model.ts';
