import { start } from '@unroll/run/start';

await start('majority', async () => (await import('./majority.ts')).program);
