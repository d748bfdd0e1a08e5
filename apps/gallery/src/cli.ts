#!/usr/bin/env node
import { start } from '@unroll/run/start';

await start('gallery', async () => (await import('./program.ts')).program);
