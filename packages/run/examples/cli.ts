import { main } from '@unroll/run';
import { program } from './majority.ts';

await main(program);
