import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Dataset, readCorpus, readDatasetRecords } from '@unroll/datasets';
import { readAddresses } from './addresses.ts';
import { GRID_FLAGS, type GridRun, gridRuns } from './runs.ts';

interface Text {
  readonly train: string;
  readonly valid: string;
}

const REVIEWS = 4_000_000;
const REVIEWS_VALID = 100_000;
const SHORT = 100_000;
const SHORT_VALID = 30_000;
const TIME_MACHINE_TRAIN = 0.92;
const ADDRESSES = 3_150_000;
const ADDRESSES_VALID = { ofAll: 250_000, ofFirst: 175_000 };

/** The texts of the grid. Their test splits are not read. */
const TEXTS: Readonly<Record<string, () => Text | Promise<Text>>> = {
  'tiny-shakespeare': () => readCorpus({ dataset: 'tiny-shakespeare' }),
  'tiny-shakespeare, first 100,000': async () => {
    const { train, valid } = await readCorpus({ dataset: 'tiny-shakespeare' });
    return { train: train.slice(0, SHORT), valid: valid.slice(0, SHORT_VALID) };
  },
  'moby-dick': async () => await readCorpus({ dataset: 'moby-dick' }),
  'time-machine': async () => {
    const { train, valid, test = '' } = await readCorpus({ dataset: 'time-machine' });
    return split(train + valid + test, TIME_MACHINE_TRAIN);
  },
  'imdb-10k reviews, first 4,000,000': async () => {
    const texts: string[] = [];
    for await (const { values } of readDatasetRecords(Dataset.open('imdb-10k'), 'train'))
      texts.push(values['text'] ?? '');
    const text = texts.join('\n').slice(0, REVIEWS + REVIEWS_VALID);
    return { train: text.slice(0, REVIEWS), valid: text.slice(REVIEWS) };
  },
  addresses: () => {
    const text = readAddresses();
    const { ofAll } = ADDRESSES_VALID;
    return { train: text.slice(0, -ofAll), valid: text.slice(-ofAll) };
  },
  'addresses, first 3,150,000': () => {
    const text = readAddresses();
    return { train: text.slice(0, ADDRESSES), valid: text.slice(ADDRESSES, ADDRESSES + ADDRESSES_VALID.ofFirst) };
  },
};

const split = (text: string, fraction: number): Text => {
  const cut = Math.floor(fraction * text.length);
  return { train: text.slice(0, cut), valid: text.slice(cut) };
};

/** Trains every run of `runs.jsonl` again and writes them, with the losses they have now, to another file. */
export async function collect(out: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'minutes-rule-'));
  try {
    for (const run of gridRuns()) {
      const text = await TEXTS[run.text]?.();
      if (!text) throw new Error(`runs.jsonl: text must be one of ${Object.keys(TEXTS).join('; ')}, got ${run.text}`);
      const again = train(run, text, folder);
      appendFileSync(out, `${JSON.stringify(again)}\n`);
      console.log(
        `${run.text}: ${run.hiddenSize} units, batch ${run.batchSize}, dropout ${run.dropout}: ${again.loss} nats, was ${run.loss}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function train(run: GridRun, { train, valid }: Text, folder: string): GridRun {
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const { hiddenSize, batchSize, dropout, optimizer, weightDecay, lr, steps } = run;
  const precision = optimizer === 'muon' ? 'bf16' : 'float32';
  const model = `--hidden-size ${hiddenSize} --embedding-size ${hiddenSize} --dropout ${dropout} --precision ${precision}`;
  const settings = `${model} --batch-size ${batchSize} --optimizer ${optimizer} --weight-decay ${weightDecay} --lr ${lr} --steps ${steps}`;
  const files = [
    '--data',
    file('train.txt', train),
    '--valid',
    file('valid.txt', valid),
    '--out',
    join(folder, 'run'),
  ];
  const flags = [...`${GRID_FLAGS} ${settings} --json`.split(' '), ...files];
  const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
  const { stdout, status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '-C', 'unroll-source', cli, 'train', ...flags],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1));
  rmSync(join(folder, 'run'), { recursive: true });
  const { bestLoss } = JSON.parse(stdout) as { bestLoss: number };
  return { ...run, loss: Number(bestLoss.toFixed(4)) };
}
