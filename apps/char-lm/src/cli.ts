#!/usr/bin/env node
import { start } from '@unroll/run/start';

await start('char-lm', async () => (await import('./commands/program.ts')).program);
