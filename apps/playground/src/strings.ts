/** Every text of the page, in one place to correct or translate. */
const percent = (fraction: number): string => `${(100 * fraction).toFixed(fraction < 0.0995 ? 1 : 0)} %`;
const bits = (value: number): string => `${value.toFixed(2)} bits`;

export const strings = {
  title: 'Unroll playground',
  skip: 'Skip to the room',
  navigation: 'Rooms',
  toDark: 'Dark colours',
  toLight: 'Light colours',
  nothingLeaves: 'Everything runs in this page. Nothing you type, train or drop here leaves it.',
  source: 'Source',
  percent,
  bits,
  rooms: {
    write: 'Write',
  },
  write: {
    lead: 'A character model reads a text letter by letter and learns to predict the next one. Train one, watch it improve, and look inside.',
    opening: 'Opening the model …',
    shipped: 'GRU trained on Moby-Dick',
    yourModel: 'the model you loaded',
    thisRun: 'the model of this run',

    resumeTitle: 'A run is saved in this browser.',
    resumeText: (step: number, steps: number): string =>
      `It stopped at step ${step.toLocaleString('en')} of ${steps.toLocaleString('en')} and continues as if it never had.`,
    resumeSaved: 'Resume',
    discardSaved: 'Discard',

    controls: 'Training',
    text: 'Text',
    texts: { 'moby-dick': 'Moby-Dick, the end', own: 'Your own text' },
    ownText: 'Paste or drop a text, 600 characters or more',
    openText: 'Open a text file',
    ownTextHint: (count: number): string => `${count.toLocaleString('en')} characters. The last tenth is held out.`,
    cell: 'Cell',
    hidden: 'Hidden size',
    layers: 'Layers',
    lr: 'Learning rate',
    lrHint: 'Move it while it trains.',
    steps: 'Steps',
    seed: 'Seed',
    threads: 'Threads',
    threadsHint: (maximum: number): string =>
      maximum === 1
        ? 'This page is not isolated, so it has one thread.'
        : `At most ${maximum}; 0 leaves a core free.`,
    start: 'Start from',
    starts: { random: 'Random weights', loaded: 'The loaded model' },
    train: 'Train',
    trainAnew: 'Train anew',
    pause: 'Pause',
    pausing: 'Pausing …',
    resume: 'Resume',

    progress: 'Progress',
    step: 'Step',
    trainLoss: 'Training',
    heldOut: 'Held-out',
    speed: 'Characters a second',
    bitsPerCharacter: 'bits per character',
    axis: 'Against',
    axes: { steps: 'steps', seconds: 'seconds' },
    chartText: (step: number, train: number | undefined, valid: number | undefined): string =>
      train === undefined
        ? 'The loss in bits per character appears here once it trains.'
        : `At step ${step.toLocaleString('en')} the training loss is ${bits(train)} per character${valid === undefined ? '' : `, the held-out loss ${bits(valid)}`}.`,
    sample: 'What it writes now',
    noSample: 'After each validation the model writes a few lines here.',
    progressNews: (step: number, valid: number): string =>
      `Step ${step}: held-out loss ${bits(valid)} per character.`,
    endedNews: (step: number, finished: boolean): string =>
      finished ? `Training finished at step ${step}.` : `Paused at step ${step}, and saved.`,
    loadedNews: 'The model is loaded.',

    reading: 'What it reads',
    readingText: (name: string): string =>
      `Read by ${name}. Point at a letter, or move with the arrow keys; click or press Enter to hold it.`,
    passage: 'Passage',
    editPassage: 'Change the passage',
    colourBy: 'Colour by',
    colours: { nll: 'how unexpected each letter is', unit: 'the activation of a unit' },
    unit: 'Unit',
    previousUnit: 'Previous unit',
    nextUnit: 'Next unit',
    legendNll: ['expected', 'unexpected'],
    legendUnit: ['−1', '0', '+1'],
    legendConnectivity: 'underlined: the letters that the prediction of the chosen letter depends on',
    passageLabel: (text: string, mean: number): string =>
      `Passage, ${bits(mean)} per character on average. Arrow keys move. ${text}`,
    nothingChosen:
      'Point at a letter to see what the model expected in its place, and on which letters that depended.',
    expected: (before: string): string => `After “${before}” it expected`,
    expectedFirst: 'At the start it expected',
    gave: (character: string, probability: number, nats: number): string =>
      `It gave ${character} ${percent(probability)}: ${bits(nats / Math.LN2)}.`,
    activation: (unit: number, value: number): string => `Unit ${unit} is at ${value.toFixed(2)} after it.`,
    dependsOn: (letters: string): string => `Depends most on ${letters}.`,
    findMoments: 'Find similar moments',
    moments: 'Where the same units fire',
    momentsText: 'The ten most active units of the last layer after this letter, compared over the held-out text.',
    similarity: (value: number): string => `cosine ${value.toFixed(2)}`,

    writing: 'Write with it',
    prompt: 'Prompt',
    temperature: 'Temperature',
    temperatureHint: '0 always takes the most probable letter.',
    write: 'Write',

    model: 'Model',
    modelText: (parameters: number, cell: string, hidden: number, layers: number): string =>
      `${layers} × ${hidden} ${cell.toUpperCase()}, ${parameters.toLocaleString('en')} parameters.`,
    download: 'Download as zip',
    downloadHint: 'The folder that char-lm opens in Node: its best weights so far.',
    drop: 'Drop the folder of a model trained by char-lm, or its zip',
    chooseModel: 'Choose its files',
    notAModel: 'A model is config.json, tokenizer.json and model.safetensors; none of them was among the files.',
    nothingToSave: 'There is no model to save yet; train one first.',
    textTooShort: (least: number): string => `The text must have at least ${least} characters; use a longer one.`,
    modelCard: (name: string): string =>
      `# ${name}\n\nA character language model, trained in the Unroll playground. Generate text with it:\n\n    npx unroll char-lm sample ${name} --prompt "The "\n`,
  },
} as const;
