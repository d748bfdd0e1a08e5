import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventFileStart, summaryEvent } from './event.ts';
import { crc32c } from './record.ts';

test('CRC-32C of the check value', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
});

test('the bytes are those that TensorBoard writes', () => {
  // tensorboard 2.21: RecordWriter over event_pb2.Event with these fields.
  const expected =
    'GAAAAAAAAACjf0siCQAAAAAAAPg/Gg1icmFpbi5FdmVudDoyKihkbA8AAAAAAAAAbVMrCQkAAAAAAAD4PxAKOgIIAdBRdzSXAAAAAAAAAOR2QPMJ' +
    'AAAAAAAABEAQrAIqiAEKCwoEbG9zcxUAAEA/CkkKBGdyYWQqQQkAAAAAAAAAQBEAAAAAAAAAQBkAAAAAAAAAQCEAAAAAAAAQQCkAAAAAAAAgQDII' +
    'AAAAAAAAAEA6CAAAAAAAAABACi4KE3NhbXBsZS90ZXh0X3N1bW1hcnlCDQgHEgQSAggBQgNuw6lKCAoGCgR0ZXh0C/UjDQ==';
  const summary = summaryEvent({
    step: 300,
    wallTime: 2.5,
    scalars: { loss: 0.75 },
    histograms: { grad: [2, 2], none: [] },
    texts: { sample: 'né' },
  });
  expect(Buffer.concat([eventFileStart(1.5, 10), summary]).toString('base64')).toBe(expected);
});

const READER = `
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1])
events.Reload()
print([(event.step, event.value) for event in events.Scalars('loss')])
print([event.tensor_proto.string_val[0].decode() for event in events.Tensors('sample/text_summary')])
histogram = events.Histograms('grad')[0].histogram_value
print(histogram.min, histogram.max, histogram.num, sum(histogram.bucket))
`;

const python = process.env['UNROLL_PYTHON'];
const hasReader = python !== undefined && spawnSync(python, ['-c', 'import tensorboard']).status === 0;

test.skipIf(!hasReader)(
  'TensorBoard reads them back, and nothing twice after a resume (needs UNROLL_PYTHON, a Python with tensorboard)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'unroll-events-'));
    const loss = (step: number, value: number, more = {}) =>
      summaryEvent({ step, wallTime: step, scalars: { loss: value }, ...more });
    const write = (name: string, ...records: Uint8Array[]) =>
      writeFileSync(join(folder, name), Buffer.concat(records));
    try {
      const more = { histograms: { grad: [1, 2, 2, 4] }, texts: { sample: 'ähm' } };
      write('events.out.tfevents.1', eventFileStart(0, 0), loss(1, 4, more), loss(2, 2), loss(3, 1));
      write('events.out.tfevents.2', eventFileStart(9, 2), loss(2, 2), loss(3, 0.5));
      const printed = execFileSync(python ?? '', ['-c', READER, folder], { encoding: 'utf8', stdio: 'pipe' });
      expect(printed).toBe("[(1, 4.0), (2, 2.0), (3, 0.5)]\n['ähm']\n1.0 4.0 4.0 4.0\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
