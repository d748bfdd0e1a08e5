"""Writes sacrebleu-variants.json: settings and degenerate texts that sacrebleu-original-sentences.json does not have.

    pip install sacrebleu==2.6.0 && python packages/metrics/golden/sacrebleu_variants.py
"""

import json
import pathlib
import random

from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.tokenizers.tokenizer_zh import _UCODE_RANGES

rng = random.Random(7)
WORDS = "a b c d e f g h i j k l m n o p".split()


def shuffled(words, swaps):
    words = list(words)
    for _ in range(swaps):
        start, length = rng.randrange(len(words)), rng.randint(1, 12)
        run = words[start : start + length]
        del words[start : start + length]
        target = rng.randint(0, len(words))
        words[target:target] = run
    return [rng.choice(WORDS) if rng.random() < 0.1 else word for word in words if rng.random() > 0.05]


def sentence(length):
    return [rng.choice(WORDS) for _ in range(length)]


long_references = [sentence(n) for n in (30, 60, 90, 140, 140)]
long_hypotheses = [shuffled(words, 4) for words in long_references]
# Texts of very different length: the band around the diagonal has to widen.
long_references += [sentence(120), sentence(3), sentence(200)]
long_hypotheses += [sentence(2), sentence(150), sentence(1)]

asian_references = ["彼は「東京」へ行った。", "这本书很有意思，你看过吗？", "カタカナとひらがな・ＡＢＣ！", "Hello, 世界 (again)!"]
asian_hypotheses = ["彼は東京へ「行った」。", "这本书有意思，看过你吗?", "ひらがなとカタカナ・ABC！", "Hello 世界, (again) !"]

marks_references = ['"It\'s 3.5% of 1,000" - he said; (or <so> it seems) &amp; that\'s it.', "Tom's, -5 x-y 7-8 a.b! ¿qué? 10$ €5 ±2 …"]
marks_hypotheses = ["It's 3,5 % of 1000 - he said: or <so> it seems & that's it", "Tom's -5 x - y 7-8 a.b. ¿Que? $10 5€ ±3 ..."]

# The first and last character of each range that `zh` takes for words, and their neighbours; matched only where they are cut off.
edges = [
    chr(edge + offset)
    for first, last in [
        *[(ord(first), ord(last)) for first, last in _UCODE_RANGES if len(first) == len(last) == 1],
        *[(ord(first[0]) + 1, ord(last[0])) for first, last in _UCODE_RANGES if len(first) == len(last) == 2],
    ]
    for edge, offset in [(first, -1), (first, 0), (last, 0), (last, 1)]
]
chinese_references = ["他3.5岁，她2岁。", ".你好,世界-5", " “东方”…航班&amp;（MU-564）晚点了20分钟! ", "我们𠀀𪛖去1,000个地方→北京"]
chinese_hypotheses = ["他3.5岁,她两岁。", ".你好，世界 - 5", "“东方”航班&amp;(MU564)晚了20分钟！", "我们𠀀去1，000地方→京"]

CASES = {
    "edges of zh": ([f"x{c}y z" for c in edges], [[f"x {c} y z" for c in edges]]),
    "chinese": (chinese_hypotheses, [chinese_references]),
    "long": ([" ".join(w) for w in long_hypotheses], [[" ".join(w) for w in long_references]]),
    "asian": (asian_hypotheses, [asian_references]),
    "marks": (marks_hypotheses, [marks_references]),
    "missing references": (["a b c d e", "f g h i j"], [["a b c e d", None], ["a b c x e", "g h i j f"]]),
    "odd spaces and empty references": (
        ["a\u00a0b\u3000c d\x1fe\ufefff ", " g h", "i j k l m"],
        [["a b c d e f", "", "k l m i j"], ["b c\td", "G h", "i j k l"]],
    ),
}

METRICS = [
    *[BLEU(tokenize=t, effective_order=e) for t in ("13a", "zh", "intl", "char", "none") for e in (False, True)],
    BLEU(smooth_method="floor", smooth_value=0.5),
    BLEU(smooth_method="add-k", smooth_value=0.25, lowercase=True),
    CHRF(char_order=4, word_order=1, beta=1),
    CHRF(char_order=6, word_order=2, beta=3, whitespace=True, lowercase=True),
    *[
        TER(normalized=n, no_punct=p, asian_support=a, case_sensitive=c)
        for n in (False, True)
        for p in (False, True)
        for a in (False, True)
        for c in (False, True)
    ],
]

cases = []
for name, (hypotheses, references) in CASES.items():
    scores = []
    for metric in METRICS:
        score = metric.corpus_score(hypotheses, references)
        scores.append({"metric": score.name, "signature": str(metric.get_signature()), "score": score.score})
    cases.append({"name": name, "hypotheses": hypotheses, "references": references, "scores": scores})

target = pathlib.Path(__file__).with_name("sacrebleu-variants.json")
target.write_text(json.dumps({"generator": "sacreBLEU 2.6.0", "cases": cases}, ensure_ascii=False, indent=1) + "\n")
