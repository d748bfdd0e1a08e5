import { useEffect, useState } from 'preact/hooks';
import { Button, Choice, NumberField, Select, Slider } from '../shell/fields.tsx';
import { LossChart } from '../shell/loss-chart.tsx';
import { ModelPanel, RoomFrame, RunButtons, RunFields } from '../shell/run-fields.tsx';
import { strings } from '../strings.ts';
import type { BeamTree } from './beam-tree.ts';
import { TranslateController } from './controller.ts';
import { unknownWords } from './grammar.ts';
import { TRANSLATE_SETTINGS } from './settings.ts';
import { Tree } from './tree.tsx';

const words = strings.translate;

/** The room in which a translation is searched before one's eyes, and a translator is trained. */
export function TranslateRoom() {
  const [room] = useState(() => new TranslateController());
  useEffect(() => () => room.close(), [room]);
  const found = room.tree.value;
  const isOfGrammar = room.settings.value.pairs === 'grammar' && room.modelName.value !== strings.run.yourModel;
  const unknown = isOfGrammar ? unknownWords(room.sentence) : [];
  return (
    <RoomFrame run={room} title={strings.rooms.translate} lead={words.lead}>
      <section class="panel" aria-labelledby="translation">
        <div class="field">
          <label for="source">{words.source}</label>
          <input
            id="source"
            type="text"
            value={room.sentence}
            onInput={({ currentTarget }) => room.write(currentTarget.value)}
          />
        </div>
        <p class="hint">{words.vocabulary}</p>
        <h2 id="translation">{words.translation}</h2>
        <p class="score" aria-live="polite">
          {found ? found.text || words.nothingFound : room.sentence.trim() === '' ? strings.none : words.opening}
        </p>
        <p class="hint">{words.by(room.modelName.value || words.shipped)}</p>
        {unknown.length > 0 && (
          <p class="changed" role="status">
            {words.unknown(unknown)}
          </p>
        )}
        <Button isIdle={!found?.forced} onClick={() => room.force(undefined)}>
          {words.free}
        </Button>
      </section>
      <section class="panel" aria-labelledby="tree">
        <div class="heading">
          <h2 id="tree">{words.treeTitle}</h2>
          <div class="units">
            <Slider
              label={words.beam}
              value={room.settings.value.beam}
              {...TRANSLATE_SETTINGS.beam}
              step={1}
              onChange={(value) => room.setBeam(value)}
            />
          </div>
        </div>
        <p class="hint">{words.treeText}</p>
        {found && found.nodes.length > 0 && <Tree tree={found} onForce={(node) => room.force(node)} />}
      </section>
      <section class="panel" aria-labelledby="attention">
        <h2 id="attention">{words.attentionTitle}</h2>
        <p class="hint">{words.attentionText}</p>
        {found && <Attention tree={found} />}
      </section>
      <div class="columns">
        <section class="panel" aria-labelledby="controls">
          <Controls room={room} />
        </section>
        <section class="panel" aria-labelledby="progress">
          <ProgressPanel room={room} />
        </section>
      </div>
      <section class="panel" aria-labelledby="model">
        <ModelPanel run={room} words={words.model} />
      </section>
    </RoomFrame>
  );
}

function Controls({ room }: { room: TranslateController }) {
  const settings = room.settings.value;
  const fixed = room.isFixed.value;
  const isLoaded = settings.start === 'loaded';
  return (
    <>
      <h2 id="controls">{words.training}</h2>
      <p class="hint">{words.trainingText}</p>
      <Select
        label={words.pairs}
        value={settings.pairs}
        options={words.pairsNames}
        disabled={fixed}
        onChange={(value) => room.set('pairs', value)}
      />
      {settings.pairs === 'own' && (
        <div class="field">
          <label for="own-pairs">{words.ownPairs}</label>
          <textarea
            id="own-pairs"
            rows={5}
            disabled={fixed}
            value={room.ownPairs.value}
            onChange={({ currentTarget }) => void room.usePairs(currentTarget.value)}
          />
        </div>
      )}
      <RunFields run={room} ranges={TRANSLATE_SETTINGS}>
        <Select
          label={strings.run.cell}
          value={settings.cell}
          options={strings.cells}
          disabled={fixed || isLoaded}
          onChange={(value) => room.set('cell', value)}
        />
        <NumberField
          label={strings.run.hidden}
          value={settings.hidden}
          {...TRANSLATE_SETTINGS.hidden}
          disabled={fixed || isLoaded}
          onChange={(value) => room.set('hidden', value)}
        />
      </RunFields>
      <Choice
        label={strings.run.start}
        value={settings.start}
        options={{ ...strings.run.starts, loaded: room.loadedName.value }}
        onChange={(value) => room.set('start', value)}
      />
      <RunButtons run={room} />
    </>
  );
}

function ProgressPanel({ room }: { room: TranslateController }) {
  const [step, note] = [room.step.value, room.note.value];
  return (
    <>
      <h2 id="progress">{strings.run.progress}</h2>
      <dl class="figures">
        <div>
          <dt>{strings.run.step}</dt>
          <dd>
            {step.toLocaleString('en')} / {room.settings.value.steps.toLocaleString('en')}
          </dd>
        </div>
        <div>
          <dt>{words.correct}</dt>
          <dd>{note ? strings.percent(note.correct) : strings.none}</dd>
        </div>
        <div>
          <dt>{words.speed}</dt>
          <dd>{room.speed.value ? Math.round(room.speed.value).toLocaleString('en') : strings.none}</dd>
        </div>
      </dl>
      <LossChart run={room} axis="steps" unit={words.nats} height={240} />
      <h3>{words.samples}</h3>
      {note ? (
        <ul class="samples">
          {note.samples.map(({ source, target, translation }) => (
            <li>
              {source} <br />
              <strong>{translation || words.nothingFound}</strong>
              {translation !== target && <small class="hint"> {words.shouldBe(target)}</small>}
            </li>
          ))}
        </ul>
      ) : (
        <p class="hint">{words.noSamples}</p>
      )}
    </>
  );
}

/** A row per token of the translation: how much it attends to each token of the source. */
function Attention({ tree: { source, nodes, best, attention } }: { tree: BeamTree }) {
  return (
    <div class="tree-scroll" tabIndex={0} role="group" aria-label={words.attentionTitle}>
      <table class="attention">
        <thead>
          <tr>
            <td />
            {source.map((piece, k) => (
              <th scope="col">{k === source.length - 1 ? words.end : piece || strings.space}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {best.map((node, row) => (
            <tr>
              <th scope="row">{nodes[node]?.isEnd ? words.end : nodes[node]?.piece || strings.space}</th>
              {attention[row]?.map((weight) => (
                <td style={{ '--mix': `${Math.round(100 * weight)}%` }}>{Math.round(100 * weight)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
