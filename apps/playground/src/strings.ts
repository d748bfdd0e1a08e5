import type { CellName } from '@unroll/rnn-core';
import type { ModelFacts } from './shell/model-facts.ts';

/** Every text of the page, in one place to correct or translate. */
const percent = (fraction: number): string =>
  fraction > 0 && fraction < 0.0005 ? '< 0.1 %' : `${(100 * fraction).toFixed(fraction < 0.0995 ? 1 : 0)} %`;
const points = (change: number): string => `${(100 * Math.abs(change)).toFixed(1)} percentage points`;
const bits = (value: number): string => `${value.toFixed(2)} bits`;

const count = (value: number): string => value.toLocaleString('en');

/** 10⁻⁵ */
const powerOfTen = (exponent: number): string =>
  `10${String(exponent).replace(/./g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '⁻')}`;
/** Two digits, of very small and large ones with a power of ten: 3.4·10⁻⁵. */
const significant = (value: number): string => {
  const [digits, exponent] = value.toExponential(1).split('e').map(Number) as [number, number];
  return value === 0 || (exponent >= -3 && exponent < 3)
    ? String(Number(value.toPrecision(2)))
    : `${digits.toFixed(1)}·${powerOfTen(exponent)}`;
};
const loss = (value: number): string => (value < 0.1 ? significant(value) : value.toFixed(2));
const CELLS = {
  rnn: 'Vanilla RNN',
  gru: 'GRU',
  lstm: 'LSTM',
  slstm: 'sLSTM',
  mingru: 'minGRU',
  minlstm: 'minLSTM',
  sru: 'SRU',
} as const satisfies Readonly<Record<CellName, string>>;

/** What workers say. It is apart, since a worker that says little must not carry all the rest. */
export const workerStrings = {
  examples: 'Examples',
  elsewhere: 'This run goes on in another tab; end it there, or start a new one.',
  gone: 'This run is no longer saved, as where another tab has discarded it; train a new one.',
  outOfRange: (where: string, name: string, range: string, value: string): string =>
    `${where}: ${name} must be ${range}, got ${value}`,
  oneOf: (names: string): string => `one of ${names}`,
  fromTo: (least: number, most: number): string => `from ${least} to ${most}`,
  tooManyTabs: 'Too many tabs have runs of this room; close some.',
  noWasm: 'This browser cannot run WebAssembly with SIMD, which the page computes with; open it in a newer one.',
  nothingToSave: 'There is no model to save yet; train one first.',
  textTooShort: (least: number): string => `The text must have at least ${least} characters; use a longer one.`,
  tooFew: (least: number): string => `There must be at least ${least} sentences; add some.`,
  noTab: (line: number): string => `Line ${line}: must be a sentence, a tab and its translation; paste two columns.`,
  tooFewPairs: (least: number, found: number): string =>
    `There must be at least ${least} pairs, got ${found}; add some.`,
  modelCard: {
    microscope: (name: string): string =>
      `# ${name}\n\nThree recurrent networks on one memory task, trained in the room Microscope of the Unroll playground. Drop this folder there to go on with them. Their tensors have the names and the layout of PyTorch, after \`first.\`, \`second.\` and \`third.\`:\n\n    const { config, weights } = await loadModelFiles('${name}', 'unroll-memory'); // of @unroll/rnn-core\n`,
    unroll: (name: string): string =>
      `# ${name}\n\nA small recurrent network on the letters a b c d, trained in the room Unroll of the Unroll playground. Drop this folder there to go on with it. Its tensors have the names and the layout of PyTorch:\n\n    const { config, weights } = await loadModelFiles('${name}', 'unroll-toy'); // of @unroll/rnn-core\n`,
    classify: (name: string): string =>
      `# ${name}\n\nA text classifier, trained in the Unroll playground. Classify with it:\n\n    npx unroll sentiment predict ${name} "So good"\n`,
    translate: (name: string): string =>
      `# ${name}\n\nA translation model, trained in the Unroll playground. Translate with it:\n\n    npx unroll translate translate ${name} 'the cat sees a dog.'\n`,
    write: (name: string): string =>
      `# ${name}\n\nA character language model, trained in the Unroll playground. Generate text with it:\n\n    npx unroll char-lm sample ${name} --prompt "The "\n`,
  },
} as const;

/** @param program the program in Node whose folder it is: `char-lm`. A bundler must know that calls change nothing. */
const modelOf = (program: string) => ({
  download: `The folder that ${program} opens in Node: its best weights so far.`,
  drop: `Drop the folder of a model trained by ${program}, or its zip`,
});

export const strings = {
  title: 'Unroll playground',
  titleOf: (room: string): string => `${room} · Unroll playground`,
  description: 'A recurrent network learning before your eyes. Everything runs in this page.',
  noScript: 'The playground trains networks in this page and needs JavaScript.',
  skip: 'Skip to the room',
  navigation: 'Rooms',
  toDark: 'Dark colours',
  toLight: 'Light colours',
  nothingLeaves: 'Everything runs in this page. Nothing you type, train or drop here leaves it.',
  percent,
  bits,
  significant,
  powerOfTen,
  cells: CELLS,
  rooms: {
    unroll: 'Unroll',
    write: 'Write',
    classify: 'Classify',
    translate: 'Translate',
    microscope: 'Microscope',
  },
  openingRoom: 'Opening …',
  roomFailed:
    'This room could not be loaded: the connection failed, or the site has changed since. Load the page again.',
  reload: 'Load again',
  /** In the place of a number or a letter. */
  none: '–',
  space: '␣',
  newline: '⏎',
  run: {
    untrained: 'Resume the saved run or train a new one.',
    resumeTitle: 'A run is saved in this browser.',
    resumeText: (step: number, steps: number): string =>
      step < steps
        ? `It stopped at step ${count(step)} of ${count(steps)} and continues as if it never had.`
        : `It is finished, at step ${count(step)}.`,
    resumeSaved: 'Resume',
    openSaved: 'Open it',
    discardSaved: 'Discard',
    unsaved:
      'This browser does not save the run: its storage is full or blocked. It goes on, but a reload loses it: download its model to keep it.',
    workerLost:
      'What computes in this room could not be loaded or has crashed. Load the page again; a saved run can be resumed.',

    seed: 'Seed',
    steps: 'Steps',
    threads: 'Threads',
    memory: 'Memory limit, MiB',
    cell: 'Cell',
    hidden: 'Hidden size',
    threadsHint: (maximum: number): string =>
      maximum === 1
        ? 'This page is not isolated, so it has one thread.'
        : `At most ${maximum} threads; one core is best left to the page.`,
    lr: 'Learning rate',
    lrHint: 'Move it while it trains.',
    train: 'Train',
    trainAnew: 'Train anew',
    pause: 'Pause',
    pausing: 'Pausing …',
    resume: 'Resume',

    step: 'Step',
    progress: 'Progress',
    axis: 'Against',
    progressNews: (step: number, valid: number): string => `Step ${count(step)}: held-out loss ${loss(valid)}.`,
    endedNews: (step: number, finished: boolean): string =>
      finished ? `Training finished at step ${count(step)}.` : `Paused at step ${count(step)}, and saved.`,
    chartText: (step: number, unit: string, train: number | undefined, valid: number | undefined): string =>
      train === undefined
        ? `The loss in ${unit} appears here once it trains.`
        : `At step ${count(step)} the training loss is ${loss(train)} ${unit}${valid === undefined ? '' : `, the held-out loss ${loss(valid)}`}.`,

    yourModel: 'the model you loaded',
    thisRun: 'the model of this run',
    loadedNews: 'The model is loaded.',
    starts: { random: 'Random weights', loaded: 'The loaded model' },
    start: 'Start from',
    model: 'Model',
    modelText: ({ layers, hidden, cells, parameters, backend }: ModelFacts): string =>
      `${layers} × ${hidden} ${cells.map((cell) => CELLS[cell]).join(', ')}: ${count(parameters)} parameters. Computed by ${backend}.`,
    download: 'Download as zip',
    chooseModel: 'Choose its files',
    damagedZip: (name: string): string =>
      `${name}: must be a zip file, got something else or a damaged one; choose another.`,
    notAModel: 'A model is config.json, tokenizer.json and model.safetensors; none of them was among the files.',
  },
  chart: {
    lines: 'Lines of the chart',
    train: 'Training',
    heldOut: 'Held-out',
    axes: { steps: 'steps', seconds: 'seconds' },
  },
  unroll: {
    lead: 'A recurrent network is one cell, used again at every step of a sequence. Here a small one is unrolled over time: step through it, look into its units, and watch the gradient travel back.',
    opening: 'Training a small network …',
    shape: 'Shape',
    shapeNames: {
      'many-to-one': 'Many to one',
      'one-to-many': 'One to many',
      aligned: 'Many to many',
      'encoder-decoder': 'Encoder and decoder',
    },
    tasks: {
      'many-to-one': 'The task: read all letters, then name the first. As in classifying a text.',
      'one-to-many': 'The task: read one letter, then count on in the alphabet a b c d. As in captioning a picture.',
      aligned: 'The task: at every letter, name the one before. As in a language model.',
      'encoder-decoder': 'The task: read half of the steps, then repeat it backwards. As in translation.',
    },
    stageLabel: 'The unrolled network',
    keys: 'Arrow keys: ← → steps through time, ↑ ↓ chooses a unit, space turns from forward to backward. Or click a unit.',
    legend: {
      forward:
        'Orange units are positive, blue ones negative. Above: the letter that the network names, with its probability; a whole ring is right, a dashed one wrong.',
      backward:
        'The gradient of the loss travels back: the wider an arrow, the larger the norm of the gradient, which stands beside it.',
    },
    forward: 'Run forward',
    backward: 'Run backward',
    previous: 'Previous step',
    previousSign: '◀',
    next: 'Next step',
    nextSign: '▶',
    another: 'Another sequence',
    firstState: 'h₀',
    stepLabel: (t: number): string => `step ${t}`,
    shouldBe: (letter: string): string => `should be ${letter}`,
    inside: 'Inside a unit',
    insideTitle: (unit: number, t: number): string => `Unit ${unit} at step ${t}`,
    reads: (letter: string): string =>
      `The step reads “${letter}”. Each line has what comes from the input first, then what comes from the state.`,
    readsNothing:
      'The step reads nothing. Each line has what comes from the input first, then what comes from the state.',
    outputs: (probabilities: string, target: string): string =>
      `The output is ${probabilities}; it should be ${target}.`,
    survivesTitle: 'What survives',
    survives: (cell: string, gradients: readonly number[]): string => {
      const [first, last, least] = [gradients[1] ?? 0, gradients.at(-1) ?? 0, Math.min(...gradients.slice(1))];
      const fraction = (norm: number): string => `${significant(norm)} (${percent(norm / last)})`;
      return last === 0
        ? `${cell}: no gradient reaches this sequence.`
        : `${cell}: the gradient of the loss has norm ${significant(last)} at the last step. ${fraction(first)} arrives at the first step; the least on the way is ${fraction(least)}.`;
    },
    accuracy: (fraction: number): string =>
      `It names ${percent(fraction)} of the letters of other sequences correctly; by chance 25 % are.`,
    training: 'Training',
    length: 'Sequence length',
    restarts: 'Another shape, cell, length, size or seed starts it again.',
    nats: 'nats',
    progress: (step: number, steps: number): string => `Step ${count(step)} of ${count(steps)}.`,
    model: {
      download: 'The folder of this network, in the names of PyTorch: its best weights so far.',
      drop: 'Drop the folder of a network of this room, or its zip',
    },
  },
  classify: {
    lead: 'A bidirectional network reads a sentence and says whether it is positive or negative. It is trained here, on the examples below: change them, add your own, and see what it makes of your words.',
    sentence: 'A sentence',
    firstSentence: 'The food was good but the service was terribly slow.',
    predictionTitle: 'What it says',
    prediction: (label: string, probability: number): string => `${label}, ${percent(probability)}`,
    words: 'Which words move it',
    wordsText:
      'Orange words speak for the prediction, blue ones against it, by how much its probability changes without them. Click a word to delete it.',
    without: (word: string, change: number): string =>
      `Without “${word}” its probability ${change >= 0 ? 'falls' : 'rises'} by ${points(change)}.`,
    strongest: (word: string, change: number): string =>
      `“${word}” moves it most: without it the probability of the prediction ${change >= 0 ? 'falls' : 'rises'} by ${points(change)}.`,
    deleteWord: (word: string): string => `Delete ${word}`,
    restore: 'Restore all words',
    opening: 'Training on the examples …',
    empty: 'Write a sentence above.',
    examples: 'Examples',
    examplesText: (count: number): string =>
      `${count} sentences; every fifth is held out. Two labels or more, of any name.`,
    changed: 'The network has not seen your last changes yet: train it anew.',
    example: 'Sentence',
    label: 'Label',
    remove: 'Remove',
    removeSign: '✕',
    add: 'Add an example',
    addText: 'New sentence',
    addLabel: 'New label',
    reset: 'Restore the built-in examples',
    showExamples: 'Show and change the examples',
    training: 'Training',
    nats: 'nats',
    model: /* @__PURE__ */ modelOf('sentiment'),
    progress: (step: number, steps: number, accuracy: number | undefined): string =>
      `Step ${count(step)} of ${count(steps)}${accuracy === undefined ? '' : `: ${percent(accuracy)} of the held-out sentences are correct`}.`,
  },
  translate: {
    lead: 'An encoder reads an English sentence, a decoder with attention writes it in French. See where it looks, and which translations the search considers; click a word and the translation must begin with it.',
    source: 'An English sentence',
    firstSentence: 'the small black cat sees a tired queen near the blue house.',
    vocabulary:
      'It knows a small grammar: the or a; small, big, black, white, green, blue, tired, happy; cat, dog, bird, king, baker, queen, cow, girl, mouse, dancer; sees, loves, follows, hears, finds; in, behind, near; garden, bridge, castle, house, street, kitchen.',
    translation: 'In French',
    opening: 'Opening the model …',
    free: 'Let it begin freely',
    treeTitle: 'The beam search',
    treeText:
      'A column per token, with its probability after those before it. Bold: the best translation. Faint: looked at and dropped. Click a token to force the translation to begin so.',
    treeLabel: 'The tree of the search',
    beam: 'Beam size',
    end: 'end',
    attentionTitle: 'Where it looks',
    attentionText:
      'A row per token of the translation: the attention to each token of the source, per cent. In French most adjectives follow their noun, and the attention goes back for them.',
    shipped: 'a GRU trained on the grammar',
    by: (name: string): string => `Translated by ${name}.`,
    unknown: (words: readonly string[]): string =>
      `It has never read ${words.map((word) => `“${word}”`).join(', ')}, so expect nonsense: use the words above.`,
    nothingFound: '(nothing)',

    model: /* @__PURE__ */ modelOf('translate'),
    training: 'Training',
    trainingText: 'Train a translator here, on sentences of the grammar or on your own, and watch it learn.',
    pairs: 'Sentences',
    pairsNames: { grammar: '3,000 sentences of the grammar', own: 'Your own' },
    ownPairs:
      'A line for each pair: a sentence, a tab, its translation; 20 lines or more, the tenth of each ten is held out',
    nats: 'nats per token',
    correct: 'Held-out correct',
    speed: 'Tokens per second',
    samples: 'Held-out sentences as it translates them now',
    noSamples: 'After each validation they appear here.',
    shouldBe: (target: string): string => `should be: ${target}`,
  },
  microscope: {
    lead: 'Why do recurrent networks forget? Three cells learn the same memory task from the same seed. The microscope shows how much of a gradient is left on its way back through time.',
    task: 'The task',
    taskText: (delay: number): string =>
      `Remember one of four symbols over ${delay} others, then name it. By chance 25 % are correct.`,
    delay: 'Delay',
    places: { first: 'First cell', second: 'Second cell', third: 'Third cell' },
    restarts: 'Another delay, cell, size or seed starts them again.',
    model: {
      download: 'One folder of the three networks, in the names of PyTorch, with the weights they have now.',
      drop: 'Drop the folder of three networks of this room, or its zip',
    },
    reachTitle: 'The gradient through time, live',
    reachText:
      'A random gradient is sent back from the last state through the recurrence alone: what is left of it after each step.',
    stepsBack: 'steps back',
    left: 'left of the gradient',
    reachSentence: (cells: readonly (readonly [string, number | undefined])[]): string =>
      cells.some(([, left]) => left === undefined)
        ? 'The curves appear once the cells train.'
        : `At the first symbol there is left: ${cells.map(([name, left]) => `${name} ${significant(left ?? 0)}`).join(', ')}.`,
    correct: (fraction: number): string => `${percent(fraction)} correct`,
    noDiagnosis: 'The diagnosis appears here once it trains.',
    accuracyTitle: 'Who remembers',
    stepsAxis: 'steps',
    percentCorrect: '% correct',
    accuracySentence: (
      phase: 'running' | 'done',
      step: number,
      cells: readonly (readonly [string, number | undefined])[],
    ): string =>
      step === 0
        ? 'The curves appear once the cells train.'
        : `${phase === 'done' ? 'Finished at' : 'At'} step ${count(step)}: ${cells.map(([name, accuracy]) => `${name} ${percent(accuracy ?? 0)}`).join(', ')}.`,
  },
  write: {
    lead: 'A character model reads a text letter by letter and learns to predict the next one. Train one, watch it improve, and look inside.',
    opening: 'Opening the model …',
    model: /* @__PURE__ */ modelOf('char-lm'),
    shipped: 'GRU trained on Moby-Dick',

    controls: 'Training',
    text: 'Text',
    texts: { 'moby-dick': 'Moby-Dick, the end', own: 'Your own text' },
    ownText: 'Paste or drop a text, 600 characters or more',
    ownTextHint: (count: number): string => `${count.toLocaleString('en')} characters. The last tenth is held out.`,
    layers: 'Layers',

    speed: 'Characters per second',
    bitsPerCharacter: 'bits per character',
    sample: 'What it writes now',
    noSample: 'After each validation the model writes a few lines here.',

    reading: 'What it reads',
    readingText: (name: string): string =>
      `Read by ${name}. Point at a letter, or move with the arrow keys; click or press Enter to hold it.`,
    passage: 'Passage',
    editPassage: 'Change the passage',
    colourBy: 'Colour by',
    colours: { nll: 'how unexpected each letter is', unit: 'the activation of a unit' },
    unit: 'Unit',
    legendNll: ['expected', 'unexpected'],
    legendUnit: ['−1', '0', '+1'],
    legendConnectivity: 'underlined: the letters that the prediction of the chosen letter depends on',
    passageLabel: (mean: number): string => `Passage, ${bits(mean)} per character on average. Arrow keys move.`,
    nothingChosen:
      'Point at a letter to see what the model expected in its place, and on which letters that depended.',
    expected: (before: string): string => `After “${before}” it expected`,
    expectedFirst: 'At the start it expected',
    gave: (character: string, probability: number, nats: number): string =>
      `It gave “${character}” ${percent(probability)}: ${bits(nats / Math.LN2)}.`,
    activation: (unit: number, value: number): string =>
      `Unit ${unit + 1} is at ${value.toFixed(2).replace('-', '−')} after it.`,
    dependsOn: (letters: string): string => `Depends most on ${letters}.`,
    back: (letter: string, count: number): string => `“${letter}” ${count} back`,
    findMoments: 'Find similar moments',
    moments: 'Where the same units fire',
    momentsText:
      'The ten most active units of the last layer after this letter, compared over the held-out text by cosine similarity.',
    similarity: (value: number): string => value.toFixed(3),

    writing: 'Write with it',
    prompt: 'Prompt',
    firstPrompt: 'The ',
    temperature: 'Temperature',
    temperatureHint: '0 always takes the most probable letter.',
    write: 'Write',
  },
} as const;
