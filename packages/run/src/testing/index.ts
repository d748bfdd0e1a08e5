export { type Called, callProgram, callSuccessfully } from './called-program.ts';
export { type KilledTraining, remainsOf, trainKilled } from './killed-training.ts';
export { TestFolder } from './test-folder.ts';
