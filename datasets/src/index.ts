export * from './corpus.ts';
export * from './data-files.ts';
export * from './dataset.ts';
export * from './description.ts';
export * from './idx.ts';
export * from './records.ts';
