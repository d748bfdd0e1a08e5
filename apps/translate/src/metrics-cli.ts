#!/usr/bin/env node
import { main } from '@unroll/run';
import { metricsProgram } from './commands/metrics/program.ts';

await main(metricsProgram);
