import {
  type Backend,
  loadModelFiles,
  type ModelFiles,
  Rng,
  type SavedTensors,
  yieldToEventLoop,
} from '@unroll/rnn-core';
import type { Compute } from '../shell/compute.ts';
import type { ShownRun } from '../shell/curve.ts';
import type { ModelFacts } from '../shell/model-facts.ts';
import { type Progress, RunSession } from '../shell/run-session.ts';
import { checkedSettings } from '../shell/settings.ts';
import type { ModelBytes, ModelFolderContent } from '../storage/model-folder.ts';
import type { SavedRun } from '../storage/runs.ts';
import { workerStrings } from '../strings.ts';
import { Competitor, drawBatch, type SavedCompetitor, type Standing, SYMBOLS } from './competitor.ts';
import { cellsOf, MICROSCOPE_SETTINGS, type MicroscopeSettings, PLACES, type RaceConfig } from './settings.ts';

/** What a race is started with, and saved with. */
export interface RaceSetup {
  readonly settings: MicroscopeSettings;
  /** The models whose weights they start from; undefined for random ones. */
  readonly loaded: ModelBytes | undefined;
}

/** How the three do. */
export interface RaceNote {
  readonly step: number;
  readonly standings: readonly Standing[];
  /** The fraction of correct answers of each at earlier steps. */
  readonly history: readonly { readonly step: number; readonly accuracies: readonly number[] }[];
}

/** The type in `config.json` of this room's models. */
export const MICROSCOPE_MODEL = 'unroll-memory';

const REPORT_MS = 150;
const SAVE_MS = 1000;
const BATCH = 32;
const MOST_HISTORY = 400;

/** Three cells on one memory task, a step of each in turn: the same data, seed and learning rate. Lives in the worker. */
export class MicroscopeSession extends RunSession<RaceSetup, RaceNote> {
  #competitors: readonly Competitor[] = [];
  #config: RaceConfig | undefined;
  #step = 0;

  constructor() {
    super('microscope');
  }

  /** Loads three trained networks. @returns what they are, and how they do @throws CheckpointError */
  async load(
    files: ModelBytes,
    compute: Compute,
  ): Promise<{ facts: ModelFacts; config: RaceConfig; standings: readonly Standing[] }> {
    const parsed = await loadModelFiles(files, MICROSCOPE_MODEL);
    const config = configOf(parsed);
    await this.pause();
    const backend = await this.open(compute);
    this.#make({ ...config, lr: MICROSCOPE_SETTINGS.lr.initial, steps: 1 }, backend, Rng.seeded(0), undefined);
    this.#loadWeights(parsed);
    const standings = this.#competitors.map(({ standing }) => standing);
    return { facts: this.#facts(backend), config, standings };
  }

  protected override content(name: string): ModelFolderContent | undefined {
    if (!this.#config) return undefined;
    const { hidden: hiddenSize, ...rest } = this.#config;
    const weights = new Map(
      this.#competitors.flatMap((competitor, k) =>
        Array.from(competitor.weights, ([key, tensor]) => [`${PLACES[k]}.${key}`, tensor] as const),
      ),
    );
    return {
      app: MICROSCOPE_MODEL,
      architecture: 'MemoryModels',
      config: { ...rest, hiddenSize },
      tokenizer: { symbols: SYMBOLS, fillers: SYMBOLS },
      step: this.#step,
      weights,
      readme: workerStrings.modelCard.microscope(name),
    };
  }

  #make(
    options: RaceConfig & Pick<MicroscopeSettings, 'lr' | 'steps'>,
    backend: Backend,
    rng: Rng,
    before: readonly SavedCompetitor[] | undefined,
  ): void {
    const { first, second, third, delay, hidden, lr, steps } = options;
    this.#config = { first, second, third, delay, hidden };
    this.#step = 0;
    this.#competitors = cellsOf(this.#config).map(
      (cell, k) => new Competitor({ cell, hidden, lr, steps }, backend, rng.split('init'), before?.[k]),
    );
  }

  #loadWeights({ weights, where, config }: ModelFiles): void {
    const batch = drawBatch(config['delay'] as number, Rng.seeded(0));
    for (const [k, competitor] of this.#competitors.entries())
      competitor.load(ofPlace(weights, k), batch, `${where}/model.safetensors: ${PLACES[k]}`);
  }

  #facts(backend: Backend): ModelFacts {
    return {
      cells: this.#config ? cellsOf(this.#config) : [],
      hidden: this.#config?.hidden ?? 0,
      layers: 1,
      parameters: this.#competitors.reduce((sum, { parameterCount }) => sum + parameterCount, 0),
      backend: backend.description,
    };
  }

  protected override release(): void {
    for (const competitor of this.#competitors) competitor[Symbol.dispose]();
    this.#competitors = [];
    this.#config = undefined;
  }

  protected override async run(
    setup: RaceSetup,
    saved: SavedRun<RaceSetup> | undefined,
    backend: Backend,
    stop: { readonly aborted: boolean },
    report: (progress: Progress<RaceNote>) => void,
  ): Promise<number> {
    const { settings, loaded } = setup;
    const { steps, lr, seed } = settings;
    const start = loaded && settings.start === 'loaded' ? await loadModelFiles(loaded, MICROSCOPE_MODEL) : undefined;
    const config = start ? configOf(start) : settings;
    const rng = Rng.seeded(seed);
    const before = saved?.checkpoint.state['competitors'] as unknown as readonly SavedCompetitor[] | undefined;
    this.#make({ ...config, lr, steps }, backend, rng, before);
    if (start && !before) this.#loadWeights(start);
    const data = rng.split('data');
    let step = saved?.checkpoint.step ?? 0;
    let history = [...((saved?.shown as ShownRun<RaceNote> | undefined)?.note?.history ?? [])];
    const note = (): RaceNote => ({
      step,
      standings: this.#competitors.map(({ standing }) => standing),
      history,
    });
    const save = async (): Promise<void> => {
      const competitors = this.#competitors.map((competitor) => competitor.saved());
      await this.runs.put({
        setup,
        checkpoint: { step, weights: new Map(), trainer: new Map(), state: { competitors } as never },
        best: undefined,
        shown: { points: [], note: note() } satisfies ShownRun<RaceNote>,
      });
    };
    this.#step = step;
    report({ step, points: [], speed: 0, model: this.#facts(backend) });
    let [reported, savedAt, done] = [performance.now(), -SAVE_MS, 0];
    while (step < steps && !stop.aborted) {
      step++;
      const batch = drawBatch(config.delay, data.split(step));
      for (const competitor of this.#competitors) competitor.step(step, batch);
      this.#step = step;
      done += BATCH;
      const now = performance.now();
      if (now - savedAt > SAVE_MS) {
        await save();
        savedAt = performance.now();
      }
      if (now - reported > REPORT_MS || step === steps) {
        history.push({ step, accuracies: this.#competitors.map(({ standing }) => standing.accuracy) });
        if (history.length > MOST_HISTORY) history = history.filter((_, k) => k % 2 === 1);
        report({ step, points: [], speed: (1000 * done) / (now - reported), note: note() });
        [reported, done] = [now, 0];
      }
      await yieldToEventLoop();
    }
    if (step > (saved?.checkpoint.step ?? -1)) await save();
    report({ step, points: [], speed: 0, note: note() });
    return step;
  }
}

function configOf({ config, where }: ModelFiles): RaceConfig {
  const { first, second, third, delay, hidden: hiddenSize } = MICROSCOPE_SETTINGS;
  const schema = { first, second, third, delay, hiddenSize };
  const { hiddenSize: hidden, ...rest } = checkedSettings(schema, config, `${where}/config.json`);
  return { ...rest, hidden };
}

/** The tensors of one of the three, without its place before their names. */
function ofPlace(weights: SavedTensors, k: number): SavedTensors {
  const prefix = `${PLACES[k]}.`;
  const own = [...weights].filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
