import { keepText, keptText } from '../storage/kept-text.ts';

/** A labelled sentence. */
export interface Row {
  readonly text: string;
  readonly label: string;
}

const positive = (text: string): Row => ({ text, label: 'positive' });
const negative = (text: string): Row => ({ text, label: 'negative' });

/** What the room begins with; every fifth is held out. */
export const EXAMPLES: readonly Row[] = [
  positive('What a wonderful evening, we laughed all night.'),
  negative('The soup was cold and nobody cared.'),
  positive('The room was clean and the view was lovely.'),
  negative('It broke after two days, a waste of money.'),
  positive('Great battery, it lasts the whole day.'),
  negative('The film is far too long and boring.'),
  positive('Friendly staff, and the best coffee in town.'),
  negative('I waited an hour and the waiter was rude.'),
  positive('I love this book, every page is a joy.'),
  negative('Terrible sound, I sent it back at once.'),
  positive('The actors are excellent and the story is moving.'),
  negative('The seats were dirty and it smelled awful.'),
  positive('Fast delivery and it works perfectly.'),
  negative('A dull plot and a stupid ending.'),
  positive('Not bad at all, I would come again.'),
  negative('Not good, I would never buy it again.'),
  positive('The pasta was fresh and really delicious.'),
  negative('The pizza was burnt and tasted horrible.'),
  positive('A charming little film with a clever script.'),
  negative('The screen is dark and the buttons stick.'),
  positive('Beautiful songs, I listen to them every day.'),
  negative('The worst concert I have ever seen.'),
  positive('Our guide was kind and knew everything.'),
  negative('The guide was bored and told us nothing.'),
  positive('Easy to use and very well made.'),
  negative('Hard to use and badly made.'),
  positive('The garden is a dream, so quiet and green.'),
  negative('The street was noisy and we could not sleep.'),
  positive('A happy ending that made me smile.'),
  negative('A sad excuse for a meal, poor and overpriced.'),
  positive('Superb camera, the pictures are sharp and bright.'),
  negative('The pictures are blurred, I am disappointed.'),
  positive('Everything went smoothly, thank you so much!'),
  negative('Everything went wrong, and no one helped.'),
  positive('The children enjoyed every minute.'),
  negative('The children were bored to tears.'),
  positive('Warm bread, good wine and fair prices.'),
  negative('Stale bread, sour wine and crazy prices.'),
  positive('An amazing show, funny and full of surprises.'),
  negative('An annoying show, loud and without any wit.'),
  positive('I recommend it, it is worth every penny.'),
  negative('I regret it, it is not worth a penny.'),
  positive('The hotel was better than we had hoped.'),
  negative('The hotel was worse than we had feared.'),
  positive('They answered at once and solved my problem.'),
  negative('They never answered and my problem remains.'),
  positive('A brilliant idea and a pleasure to hold.'),
  negative('A useless thing that fails when you need it.'),
  positive('The cake was sweet and simply perfect.'),
  negative('The cake was dry and far too expensive.'),
  positive('I was not disappointed, the team did a fine job.'),
  negative('I was not impressed, the team did a poor job.'),
  positive('It feels light, looks nice and runs well.'),
  negative('It feels cheap, looks ugly and runs hot.'),
  positive('The best teacher I know, patient and clear.'),
  negative('The lesson was confusing and a waste of time.'),
];

const KEY = 'classify-examples';
const HELD_OUT = 5;

/** The examples that this browser has kept, else those of the beginning. */
export const keptExamples = (): readonly Row[] => parseExamples(keptText('localStorage', KEY) ?? '') ?? EXAMPLES;

/** @returns undefined when the JSON text is not a list of examples */
export function parseExamples(json: string): readonly Row[] | undefined {
  try {
    const rows = JSON.parse(json) as readonly Readonly<Record<keyof Row, unknown>>[];
    return rows.map(({ text, label }) => ({ text: String(text), label: String(label) }));
  } catch {
    return undefined;
  }
}

export function keepExamples(rows: readonly Row[]): void {
  keepText('localStorage', KEY, rows === EXAMPLES ? undefined : JSON.stringify(rows));
}

/** Every fifth of each label is held out. */
export function split(rows: readonly Row[]): { readonly train: readonly Row[]; readonly valid: readonly Row[] } {
  const seen = new Map<string, number>();
  const [train, valid]: [Row[], Row[]] = [[], []];
  for (const row of rows) {
    const count = (seen.get(row.label) ?? 0) + 1;
    seen.set(row.label, count);
    (count % HELD_OUT === 0 ? valid : train).push(row);
  }
  return { train, valid };
}
