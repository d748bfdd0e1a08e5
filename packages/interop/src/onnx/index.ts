export * from './files.ts';
export * from './graph.ts';
export * from './layers.ts';
export * from './recurrent.ts';
export type { LayerState } from './recurrent-node.ts';
export type { ElementType } from './schema.ts';
