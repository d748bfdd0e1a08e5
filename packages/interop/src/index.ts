export * from './torch/read-state-dict.ts';
