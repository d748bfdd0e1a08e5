#!/usr/bin/env node
import { main } from '@unroll/run';
import { program } from './program.ts';

if (process.argv.length === 2) process.argv.push('run');
await main(program);
