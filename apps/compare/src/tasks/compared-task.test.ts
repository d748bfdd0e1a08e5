import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { manifestFile } from '../running/application.ts';
import { COMPARED_TASKS, taskOf } from './compared-task.ts';

test.each([...COMPARED_TASKS])('%s: its application is there, and its runs are known as its own', (name, task) => {
  expect(existsSync(manifestFile(task.app))).toBe(true);
  const [, flag = '', value] = task.train;
  const config = { cell: 'gru', ...(flag && { [flag.replace('--', '')]: value }) };
  expect(taskOf({ app: task.app, config })?.name).toBe(name);
});

test('a run of something else is no task', () => {
  expect(taskOf({ app: 'gallery', config: { piece: 'image-class' } })).toBeUndefined();
});

test('an application that is not installed is one line, with the task that needs it', () => {
  expect(() => manifestFile('no-such-app', 'image-rows')).toThrow(
    /^task image-rows: @unroll\/no-such-app must be installed beside compare, got none; install it, or [^\n]*$/,
  );
});
