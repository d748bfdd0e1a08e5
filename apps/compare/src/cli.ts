#!/usr/bin/env node
import { start } from '@unroll/run/start';

await start('compare', async () => (await import('./program.ts')).program);
