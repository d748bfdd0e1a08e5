/** How `--minutes` trains a model that reads a text a few times; the learning rate is that of 192 units. */
export const LEARNER = {
  optimizer: 'muon',
  lr: 0.006,
  lrSchedule: 'cosine',
  warmupRatio: 0.05,
  minLrRatio: 0.01,
  beta2: 0.99,
  gradClip: 0.25,
} as const;
export const [HIDDEN_SIZE, BATCH_SIZE] = [192, 64];
export const WINDOWS = { bptt: 32, bpttGrowth: [0.75] };
