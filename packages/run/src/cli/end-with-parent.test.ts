import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SOURCE = fileURLToPath(new URL('end-with-parent.ts', import.meta.url));

const start = (after: string) =>
  spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      `import { endWithParent } from ${JSON.stringify(SOURCE)}; ${after}`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  );

test('a silent process ends when the channel to its parent closes', async () => {
  const child = start('endWithParent(); setTimeout(() => {}, 20_000); console.log("ready");');
  const closed = once(child, 'exit');
  await once(child.stdout!, 'data');
  child.disconnect(); // what the system does for a parent that was killed
  expect(await closed).toEqual([1, null]);
});

test('a process whose parent died while it was loading ends too', async () => {
  const child = start(
    'import { once } from "node:events"; console.log("loading"); if (process.connected) { process.channel.ref(); await once(process, "disconnect"); } endWithParent(); setTimeout(() => {}, 20_000);',
  );
  const closed = once(child, 'exit');
  await once(child.stdout!, 'data');
  child.disconnect();
  expect(await closed).toEqual([1, null]);
});

test('the channel keeps nothing alive', async () => {
  const child = start('endWithParent();');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
