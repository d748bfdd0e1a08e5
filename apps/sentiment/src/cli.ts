#!/usr/bin/env node
import process from 'node:process';
import { main } from '@unroll/run';
import { program } from './commands/program.ts';

if (process.argv.length === 2) process.argv.push('start'); // `npm run sentiment` alone shows what it does
await main(program);
