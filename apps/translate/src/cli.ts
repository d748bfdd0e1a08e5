#!/usr/bin/env node
import { main } from '@unroll/run';
import { program } from './commands/program.ts';

if (process.argv.length === 2) process.argv.push('start');
await main(program);
