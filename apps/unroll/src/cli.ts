#!/usr/bin/env node
import { start } from '@unroll/run/start';

await start('unroll', async () => (await import('./program.ts')).program);
