#!/usr/bin/env node
import { command, main } from '@unroll/run';
import { recall, recallSchema } from './memory/recall.ts';

await main({
  app: 'compare',
  invocation: 'npm run -s compare --',
  summary: 'Tasks, cells and the health of their gradients side by side.',
  commands: {
    recall: command({ summary: 'Trains one cell on one memory task.', schema: recallSchema, run: recall }),
  },
});
