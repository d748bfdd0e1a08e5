import { strings } from '../strings.ts';
import type { WriteController } from './controller.ts';
import type { Reading } from './reading.ts';

const BARS = 8;
const CONTEXT = 12; // letters quoted before the chosen one

/** What the model expected in the place of the chosen letter, what that depended on, and where the same units fire. */
export function Inspector({ room }: { room: WriteController }) {
  const [reading, position] = [room.reading.value, room.position.value];
  const words = strings.write;
  if (!reading || position === undefined || position >= reading.characters.length)
    return <p class="hint">{words.nothingChosen}</p>;
  const { characters, nats, hidden, units } = reading;
  const character = characters[position] as string;
  const before = characters.slice(Math.max(0, position - CONTEXT), position).join('');
  const { unit, colour } = room.settings.value;
  const shownUnit = Math.min(unit, units - 1);
  const norms = room.connectivity.value;
  const moments = room.moments.value;
  return (
    <>
      <h3>{before ? words.expected(oneLine(before)) : words.expectedFirst}</h3>
      <ol class="bars">
        {likeliest(reading, position).map(({ text, probability }) => (
          <li class={text === character ? 'actual' : undefined}>
            <code>{visible(text)}</code>
            <meter min={0} max={1} value={probability} aria-label={visible(text)} />
            <span>{strings.percent(probability)}</span>
          </li>
        ))}
      </ol>
      <p>
        {words.gave(visible(character), Math.exp(-(nats[position] as number)), nats[position] as number)}{' '}
        {colour === 'unit' && words.activation(shownUnit, hidden[position * units + shownUnit] as number)}{' '}
        {norms && norms.length > 0 && words.dependsOn(strongest(norms, characters))}
      </p>
      <button type="button" onClick={() => void holdAndFind(room)}>
        {words.findMoments}
      </button>
      {moments && (
        <>
          <h3>{words.moments}</h3>
          <p class="hint">{words.momentsText}</p>
          <ol class="moments">
            {moments.map(({ before, character, after, similarity }) => (
              <li>
                <span>
                  {oneLine(before)}
                  <mark>{visible(character)}</mark>
                  {oneLine(after)}
                </span>
                <small>{words.similarity(similarity)}</small>
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}

/** Holds the letter, so that moving to the button does not lose it. */
function holdAndFind(room: WriteController): Promise<void> {
  room.pinned.value = true;
  return room.findMoments();
}

function likeliest({ logProbabilities, alphabet }: Reading, position: number) {
  const V = alphabet.length;
  const row = logProbabilities.subarray(position * V, (position + 1) * V);
  return Array.from(row, (logProbability, id) => ({
    text: alphabet[id] as string,
    probability: Math.exp(logProbability),
  }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, BARS);
}

function strongest(norms: Float32Array, characters: readonly string[]): string {
  return Array.from(norms.keys())
    .sort((a, b) => (norms[b] as number) - (norms[a] as number))
    .slice(0, 3)
    .map((k) => strings.write.back(visible(characters[k] as string), norms.length - k))
    .join(', ');
}

const oneLine = (text: string): string => text.replaceAll('\n', strings.newline);
const visible = (character: string): string => oneLine(character).replace(' ', strings.space);
