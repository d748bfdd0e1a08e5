import type {
  Backend,
  CellName,
  JsonObject,
  LearnerOptions,
  Metrics,
  Module,
  Rng,
  SavedTensors,
  Tape,
  Tensor,
  Validation,
} from '@unroll/rnn-core';
import type { BackendChoice, ProgressMetric } from '@unroll/run';

/** How many inputs and outputs there are. Source: Karpathy 2015. */
export type Shape = 'one-to-one' | 'one-to-many' | 'many-to-one';

/** One model, what it learns from, and how it is scored. */
export interface Training {
  readonly model: Module;
  /** What decides the names and shapes of the weights; the content of `config.json`. */
  readonly config: JsonObject;
  readonly learner: LearnerOptions;
  readonly steps: number;
  readonly batchSize: number;
  /** Number of training examples, which are read in a new order each epoch. */
  readonly examples: number;
  /**
   * @param batch the indices of some training examples
   * @param rng   of this step, for dropout and for changing the examples at random
   * @returns the mean loss, in nats
   */
  loss(tape: Tape, batch: Int32Array, rng: Rng): Tensor;
  /** Scores the validation examples, by which the best weights are chosen. */
  validate(backend: Backend): Validation;
  /** Scores the test examples, once, with the best weights. */
  evaluate(backend: Backend): Evaluation;
}

/** What the test examples say. */
export interface Evaluation {
  readonly scores: Metrics;
  /** Draws what the trained model does, as SVG. */
  readonly draw?: () => string;
}

/** What is set of a training from outside; what is left out is the piece's own choice. */
export interface TrainingChoice {
  readonly cell?: CellName | undefined;
  readonly hiddenSize?: number | undefined;
  readonly steps?: number | undefined;
}

/** What decides a recurrent layer. */
export type Layer = { readonly cell: CellName; readonly hiddenSize: number };

/** Makes the training of one model. */
export type CreateTraining = (choice?: TrainingChoice) => Training;

export interface PieceOptions extends BackendChoice {
  /** A training of a few seconds, to see that it works. */
  readonly short: boolean;
  readonly dataDir?: string | undefined;
  /** One of {@link Piece.sizes}. */
  readonly size?: number | undefined;
  readonly say: (line: string) => void;
}

/** A model that was trained before, for {@link Piece.predict}. */
export interface SavedModel {
  readonly config: JsonObject;
  readonly weights: SavedTensors;
  readonly backend: Backend;
}

/** What a trained model makes of an input. */
export interface Prediction {
  /** For people. */
  readonly text: string;
  readonly result: JsonObject;
}

/** One program of the gallery. */
export interface Piece {
  readonly name: string;
  readonly shape: Shape;
  readonly summary: string;
  /** The named data set that it reads; others make their examples themselves. */
  readonly dataset?: string;
  /** Those of {@link Evaluation.scores} to show. */
  readonly metrics: readonly ProgressMetric[];
  /** Reads the data. @returns the trainings by name, the one that is drawn and saved first */
  readonly prepare: (options: PieceOptions) => Promise<Readonly<Record<string, CreateTraining>>>;
  /** @param input what the command line names: a file, or a word */
  readonly predict?: (saved: SavedModel, input: string) => Prediction;
  /** Pixels each way that its images may be reduced to, the first by default; of pieces that can take several. */
  readonly sizes?: readonly number[];
  /** What `predict` takes. */
  readonly input?: string;
  /** What else there is to try, a sentence each. */
  readonly next: readonly string[];
}
