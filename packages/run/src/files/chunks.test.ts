import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Chunk, inChunks, LIVE_WAIT, mapInOrder } from './chunks.ts';

async function* upTo(count: number, pause = 0): AsyncGenerator<number> {
  for (let k = 0; k < count; k++) {
    if (pause > 0) await sleep(pause);
    yield k;
  }
}

/** Yields a number and then nothing for ever. */
async function* thenPauses(k: number): AsyncGenerator<number> {
  yield k;
  await new Promise(() => {});
}

const all = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of source) found.push(item);
  return found;
};

describe('inChunks', () => {
  test('groups items into full chunks and a rest, however slow the source', async () => {
    expect(await all(inChunks(upTo(7), 3))).toStrictEqual([
      { items: [0, 1, 2] },
      { items: [3, 4, 5] },
      { items: [6] },
    ]);
    expect(await all(inChunks(upTo(0), 3))).toStrictEqual([]);
    expect((await all(inChunks(upTo(4, 150), 4)))[0]?.items).toHaveLength(4);
  });

  test('yields smaller chunks when a live source pauses or is slow', async () => {
    for (const source of [thenPauses(0), upTo(100, 60)]) {
      const { value } = (await inChunks(source, 100, LIVE_WAIT).next()) as { value: Chunk<number> };
      expect(value.items[0]).toBe(0);
      expect(value.items.length).toBeLessThan(20);
    }
  });

  test('yields an error with the items before it, even one that nobody awaits yet', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield* [0, 1];
      throw new Error('broken');
    }
    const chunks = inChunks(failing(), 2);
    expect(await chunks.next()).toMatchObject({ value: { items: [0, 1] } });
    await sleep(20); // it fails meanwhile
    expect(await chunks.next()).toMatchObject({ value: { items: [], failure: { message: 'broken' } } });
    expect(await chunks.next()).toMatchObject({ done: true });
  });
});

describe('mapInOrder', () => {
  test('keeps the order, and no more than `concurrency` in progress', async () => {
    let atWork = 0;
    let most = 0;
    const work = async (k: number): Promise<number> => {
      most = Math.max(most, ++atWork);
      await sleep(k % 2 === 0 ? 20 : 1);
      atWork--;
      return k;
    };
    expect(await all(mapInOrder(upTo(9), work, 3))).toStrictEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(most).toBe(3);
  });

  test('yields a result while the source pauses', async () => {
    const results = mapInOrder(thenPauses(0), async (k) => k, 4);
    expect(await results.next()).toMatchObject({ value: 0 });
  });

  test('closes the source when its results are no longer wanted', async () => {
    let ended = false;
    async function* source(): AsyncGenerator<number> {
      try {
        yield* [0, 1, 2, 3];
      } finally {
        ended = true;
      }
    }
    for await (const k of mapInOrder(source(), async (item) => item, 2)) if (k === 0) break;
    await sleep(5);
    expect(ended).toBe(true);
  });
});
