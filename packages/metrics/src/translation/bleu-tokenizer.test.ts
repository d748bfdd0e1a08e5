import { expect, test } from 'vitest';
import { bleuTokenizerFor } from './bleu-tokenizer.ts';

test.each([
  ['English', 'A dog runs across the grass.', '13a'],
  ['German with a Chinese name', 'Der Hund heißt 小白 und läuft über die Wiese.', '13a'],
  ['Russian', 'Собака бежит по траве.', '13a'],
  ['Chinese', '一只狗在草地上奔跑。', 'zh'],
  ['Chinese with English names', '小白在 New York 的草地上奔跑，后面跟着一只白猫。', 'zh'],
  ['Japanese', '犬が草の上を走っています。', 'char'],
  ['Korean', '개가 풀밭을 달리고 있다.', 'char'],
  ['Thai', 'สุนัขวิ่งบนสนามหญ้า', 'char'],
  ['Burmese', 'ခွေးတစ်ကောင် ပြေးနေတယ်', 'char'],
  ['nothing', '', '13a'],
])('references in %s', (_, text, tokenizer) => expect(bleuTokenizerFor([[undefined, text]])).toBe(tokenizer));
