import { bleuZeroReason } from '@unroll/metrics';
import { table } from '@unroll/run';
import type { Evaluation } from '../evaluation.ts';

/** An evaluation as a table, and in a line below it why BLEU is 0. @param data what was evaluated on: a part of the data set, or a file */
export function evaluationTable(
  data: string,
  { sentences, bleu, chrf2, exactMatch, greedyBleu, greedyChrf2, greedyExactMatch }: Evaluation,
  beamSize: number,
): string {
  const metrics = table(
    [`${data}, ${sentences} sentences`, `beam ${beamSize}`, 'greedy', 'signature'],
    [
      ['BLEU ↑', bleu.score.toFixed(2), greedyBleu.toFixed(2), bleu.signature],
      ['chrF2 ↑', chrf2.score.toFixed(2), greedyChrf2.toFixed(2), chrf2.signature],
      ['exact match % ↑', percent(exactMatch), percent(greedyExactMatch), ''],
    ],
  );
  return [metrics, ...[bleuZeroReason(bleu)].filter((line) => line !== undefined)].join('\n');
}

const percent = (fraction: number): string => (100 * fraction).toFixed(2);

/** An evaluation as `--json` prints it. */
export function evaluationJson(data: string, { translations: _translations, ...metrics }: Evaluation) {
  return { data, ...metrics, bleu: { ...metrics.bleu }, chrf2: { ...metrics.chrf2 } };
}
