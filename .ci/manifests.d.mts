import type { Manifest } from '../.config/workspace.mjs';

export function sharedFields(folder: string): Partial<Manifest>;
export function prepackScript(folder: string): string;
