#!/usr/bin/env node
import { main } from '@unroll/run';
import { metricsProgram } from './metrics/metrics-program.ts';

await main(metricsProgram);
