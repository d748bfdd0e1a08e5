import { TestFolder } from '@unroll/run/testing';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { callMetrics } from '../toy.fixture.ts';

vi.setConfig({ testTimeout: 300_000 }); // a second's work each, and a busy machine fails none

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());

describe('metrics', () => {
  const metrics = async (...argv: string[]) => {
    const { code, out, err } = await callMetrics(...argv);
    expect([code, err]).toEqual([0, '']);
    return out;
  };
  const file = (text: string) => folder.file('text.txt', text);

  test.each([
    ['Chinese', '这本书很有意思，你看过吗？', 'zh'],
    ['Chinese with Latin names', 'OpenAI 和 Google 发布了新的模型。', 'zh'],
    ['Japanese', '彼は東京へ行った。', 'char'],
    ['Korean', '그는 서울에 갔다.', 'char'],
    ['Thai', 'เขาไปกรุงเทพ', 'char'],
    ['French', 'Il est allé à Paris (東京).', '13a'],
  ])('BLEU of %s', async (_language, text, tokenizer) => {
    const same = file(`${text}\n`);
    expect(await metrics('bleu', same, same)).toMatch(`tok:${tokenizer}|`);
  });

  test('files are scored while they are read: what comes before a fault is scored', async () => {
    const [lines, fault] = [Buffer.from('word\n'.repeat(30_000)), Buffer.of(0xff)];
    const [all, cut] = [folder.file('all.txt', lines), folder.file('cut.txt', Buffer.concat([lines, fault]))];
    const { code, out, err } = await callMetrics('exact', all, cut, '--sentence-level');
    expect([code, err]).toEqual([1, expect.stringContaining('must be UTF-8, got 0xFF at byte 150,000, line 30,001')]);
    expect(out).toMatch(/^1\t100\.0000\n/);
  });

  test('a BLEU of 0 says why', async () => {
    const [short, long] = [
      folder.file('short.txt', 'red cat\n'),
      folder.file('long.txt', 'the red cat sleeps now\n'),
    ];
    const { code, out, err } = await callMetrics('bleu', short, short);
    expect([code, out]).toEqual([0, expect.stringMatching(/^BLEU ↑ 0\.00 /)]);
    expect(err).toBe(
      'BLEU is 0: it needs n-grams of 1 to 4 words, and no translation has 3 words; use chrF, or sentence-level BLEU\n',
    );
    expect((await callMetrics('bleu', long, short)).err).toBe('');
    expect((await callMetrics('compare', long, short, long)).err).toMatch(/^\S+short\.txt: BLEU is 0: it needs/);
    expect((await callMetrics('bleu', long, long, '--sentence-level')).err).toBe('');
  });

  test('exact match', async () => {
    const [translations, references] = [folder.file('a.txt', 'a\nB\nc\n'), folder.file('b.txt', 'a\nb\nd\n')];
    expect(await metrics('exact', translations, references)).toBe('exact match % ↑ 33.33   nrefs:1|case:mixed\n');
    expect(await metrics('exact', translations, references, '--lowercase', '--sentence-level')).toBe(
      '1\t100.0000\n2\t100.0000\n3\t0.0000\nexact match % ↑ 66.67   nrefs:1|case:lc\n',
    );
    expect((await callMetrics('compare', translations, references, references)).out).toMatch(
      /exact match % ↑ +33\.33/,
    );
  });
});
