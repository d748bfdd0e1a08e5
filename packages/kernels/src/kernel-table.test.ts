import { readFileSync } from 'node:fs';
import { BINARY, UNARY } from '@unroll/rnn-core';
import { describe, expect, it } from 'vitest';
import { readKernelTable } from '../tools/table.mjs';
import { MAX_THREADS } from './thread-count.ts';

const CONTRACT = new URL('../../rnn-core/src/backend/backend.ts', import.meta.url);

describe('c/kernels.h', () => {
  it('lists the kernels of the contract, their arguments by the same names in the same order', () => {
    const source = readFileSync(CONTRACT, 'utf8').split('export interface Kernels')[1] ?? '';
    const contract = [...source.matchAll(/^ {2}(\w+)\(([^)]*)\): (void|number);$/gm)].map(
      ([, name = '', list = '']) => `${name} ${[...list.matchAll(/(\w+):/g)].map(([, argument]) => argument).join()}`,
    );
    const table = readKernelTable().map(
      ({ name, arguments: list }) => `${name} ${list.map((argument) => argument.name).join()}`,
    );
    expect(contract.length).toBeGreaterThan(40);
    expect(table.sort()).toEqual(contract.sort());
  });
});

it.each(Object.entries({ UNARY, BINARY }))(
  'c/kernels.h numbers the functions of %s as the contract does',
  (name, codes) => {
    const source = readFileSync(new URL('../c/kernels.h', import.meta.url), 'utf8');
    const list = new RegExp(`enum \\{([^}]*\\b${name}_[^}]*)\\}`).exec(source)?.[1] ?? '';
    const names = list.split(',').map((each) => each.trim().toLowerCase());
    expect(names).toEqual(Object.keys(codes).map((each) => `${name.toLowerCase()}_${each}`));
    expect(Object.values(codes)).toEqual([...names.keys()]);
  },
);

it('the pool has as many slots as a backend may have threads', () => {
  const source = readFileSync(new URL('../c/pool.h', import.meta.url), 'utf8');
  expect(source).toContain(`#define MAX_THREADS ${MAX_THREADS}\n`);
});
