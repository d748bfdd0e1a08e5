const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const CHUNK = 128; // code units

/**
 * Yields the grapheme clusters of a text: what a reader sees as one character. Source: Unicode Standard Annex 29, as
 * Intl.Segmenter implements it.
 *
 * Intl.Segmenter takes time quadratic in the length of its input, so it is given short chunks. After the end of a
 * cluster, the text before it has no influence: only the last cluster of a chunk, which may continue in the next chunk,
 * is segmented again.
 */
export function* graphemes(text: string): Generator<string> {
  let start = 0;
  let width = CHUNK;
  while (start < text.length) {
    const splitsPair = (text.codePointAt(start + width - 1) ?? 0) > 0xffff;
    const end = start + width + (splitsPair ? 1 : 0);
    const clusters = Array.from(segmenter.segment(text.slice(start, end)), ({ segment }) => segment);
    if (end < text.length) clusters.pop();
    width = clusters.length === 0 ? width * 2 : CHUNK;
    for (const cluster of clusters) {
      start += cluster.length;
      yield cluster;
    }
  }
}
