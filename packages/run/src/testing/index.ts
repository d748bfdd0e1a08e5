export { fuzzRuns, KILLS, SEED } from './bounds.ts';
export { BrowserPage, CHROMIUM, type PageOptions } from './browser-page.ts';
export { bundledProgram } from './bundled-program.ts';
export { type Called, callProgram, callSuccessfully } from './called-program.ts';
export { type FuzzedRun, fuzzRun } from './fuzzed-run.ts';
export { type KilledTraining, lastStep, trainKilled } from './killed-training.ts';
export { mutatedJson } from './mutated-json.ts';
export { TestFolder } from './test-folder.ts';
