import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MetricsLog, readMetrics } from './metrics-log.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unroll-metrics-'));
  path = join(folder, 'metrics.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(records: { step: number; nats?: number; text?: string }[], since = -1): void {
  const log = new MetricsLog(path, since);
  for (const record of records) log.append(record);
  log.close();
}

test('one JSON object a line', () => {
  write([
    { step: 0, nats: 3.5 },
    { step: 1, text: 'two\nlines' },
  ]);
  expect(readFileSync(path, 'utf8')).toBe('{"step":0,"nats":3.5}\n{"step":1,"text":"two\\nlines"}\n');
});

test('resumed, it holds what came up to the checkpoint, and goes on', () => {
  write([{ step: 1 }, { step: 2 }, { step: 2, nats: 1 }, { step: 3 }, { step: 4 }]);
  write([{ step: 3, nats: 9 }], 2);
  expect(readMetrics(path)).toEqual([{ step: 1 }, { step: 2 }, { step: 2, nats: 1 }, { step: 3, nats: 9 }]);
});

test('a line cut short by a kill is dropped', () => {
  write([{ step: 1 }, { step: 2 }]);
  appendFileSync(path, '{"step":3,"na');
  expect(readMetrics(path)).toEqual([{ step: 1 }, { step: 2 }]);
  write([{ step: 3 }], 2);
  expect(readFileSync(path, 'utf8')).toBe('{"step":1}\n{"step":2}\n{"step":3}\n');
});

test('half a line that a full disk left in the middle is dropped', () => {
  writeFileSync(path, '{"step":1}\n{"st{"step":2}\n{"step":3}\n');
  expect(readMetrics(path)).toEqual([{ step: 1 }, { step: 3 }]);
});

test('a record of a step that was saved already is refused, since a resumed run would lack it', () => {
  const log = new MetricsLog(path, -1);
  log.append({ step: 5 });
  log.sync(5);
  expect(() => log.append({ step: 5, nats: 1 })).toThrow(
    'MetricsLog.append: step must be above the saved 5, got 5; log before saving',
  );
  log.close();
});
