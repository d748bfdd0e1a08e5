#!/usr/bin/env node
import { main } from '@unroll/run';
import { program } from './commands/program.ts';

await main(program);
