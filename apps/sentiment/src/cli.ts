#!/usr/bin/env node
import { start } from '@unroll/run/start';

await start('sentiment', async () => (await import('./commands/program.ts')).program);
