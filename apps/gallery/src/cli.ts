#!/usr/bin/env node
import { main } from '@unroll/run';
import { program } from './program.ts';

await main(program);
