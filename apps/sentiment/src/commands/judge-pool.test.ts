import { expect, test } from 'vitest';
import type { TrainedModel } from '../prediction/trained-model.ts';
import { JudgePool } from './judge-pool.ts';

test('a process that cannot judge is one clear error, for what was asked and for what is asked then', async () => {
  const trained = { backend: { threads: 2 }, judge: () => [] } as unknown as TrainedModel;
  using pool = new JudgePool(trained, { dir: 'no-such-model', checkpoint: 'best', backend: 'reference' });
  const many = Array.from({ length: 3000 }, () => 'a');
  const own = [pool.judge(many), pool.judge(many)]; // before a process does
  await expect(Promise.all(own)).resolves.toStrictEqual([[], []]);
  const clear = /^a process that judges texts failed: it ended with code 1; --threads 1 does without$/;
  const asked = [pool.judge(['d']), pool.judge(['e']), pool.judge(['f'])];
  for (const each of await Promise.allSettled(asked))
    expect(each).toMatchObject({
      reason: { name: 'BackendError', message: expect.stringMatching(clear) as unknown },
    });
  await expect(pool.judge(['g'])).rejects.toThrow(clear);
});
