#!/usr/bin/env node
import { start } from '@unroll/run/start';

await start('metrics', async () => (await import('./commands/metrics/program.ts')).metricsProgram);
