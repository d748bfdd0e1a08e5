import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ToyTask } from './toy-task.fixture.ts';
import { trialSave } from './trial-save.ts';

const kind = { app: 'toy', model: {} };
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'unroll-trial-save-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

test('writes to the folder for temporary files, and leaves nothing there', () => {
  vi.stubEnv('TMPDIR', home);
  const before = statSync(home, { bigint: true }).mtimeNs;
  trialSave(new ToyTask(10), kind);
  expect(statSync(home, { bigint: true }).mtimeNs).toBeGreaterThan(before);
  expect(readdirSync(home)).toEqual([]);
});

test('does nothing where there is no such folder', () => {
  vi.stubEnv('TMPDIR', join(home, 'missing'));
  expect(() => trialSave(new ToyTask(10), kind)).not.toThrow();
});
