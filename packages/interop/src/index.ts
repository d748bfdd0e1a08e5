export type { NameMapping } from './torch/name-mapping.ts';
export * from './torch/read-state-dict.ts';
export * from './torch/state-dict.ts';
