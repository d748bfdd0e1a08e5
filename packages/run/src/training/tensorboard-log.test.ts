import { readFileSync } from 'node:fs';
import { eventFileStart, summaryEvent } from '@unroll/interop/tensorboard';
import { afterEach, expect, test, vi } from 'vitest';
import { TestFolder } from '../testing/test-folder.ts';
import { TensorBoardLog } from './tensorboard-log.ts';

afterEach(() => void vi.useRealTimers());

test('numbers become scalars, texts texts, and the norms of a gradient snapshot histograms', () => {
  vi.useFakeTimers({ now: 2_000_000_000_500 });
  const wallTime = 2_000_000_000.5;
  using folder = new TestFolder();
  const log = new TensorBoardLog(folder.path, 4);
  log.append({ step: 5, loss: 1.5, lr: 0.01, sample: 'To be' });
  log.append({ step: 5, gradients: { step: 5, layers: [{ name: 'rnn.l0', hidden: [1, 2], cells: [3] }] } });
  log.close();
  expect(log.path).toContain('events.out.tfevents.2000000000500.');
  expect(readFileSync(log.path)).toEqual(
    Buffer.concat([
      eventFileStart(wallTime, 5),
      summaryEvent({ step: 5, wallTime, scalars: { loss: 1.5, lr: 0.01 }, texts: { sample: 'To be' } }),
      summaryEvent({
        step: 5,
        wallTime,
        histograms: { 'gradients/rnn.l0/hidden': [1, 2], 'gradients/rnn.l0/cells': [3] },
      }),
    ]),
  );
});
