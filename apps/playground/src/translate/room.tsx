import { useSignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { Slider } from '../shell/fields.tsx';
import { openWorker } from '../shell/room-worker.ts';
import { route, setParams } from '../shell/route.ts';
import { printSetting, readSettings } from '../shell/settings.ts';
import { findModel, MODEL_FILES } from '../storage/model-folder.ts';
import { strings } from '../strings.ts';
import { type BeamTree, pathTo } from './beam-tree.ts';
import type { TranslateSession } from './session.ts';
import { TRANSLATE_SETTINGS } from './settings.ts';
import { Tree } from './tree.tsx';

const words = strings.translate;
const TYPING_MS = 150;

/** The room in which a translation is searched before one's eyes. */
export function TranslateRoom() {
  const [worker] = useState(() => openWorker<TranslateSession>('translate'));
  useEffect(() => () => worker.close(), [worker]);
  const { params } = route.value;
  const { beam } = readSettings(TRANSLATE_SETTINGS, params);
  const text = params.get('text') ?? words.firstSentence;
  const prefix = params.get('prefix') ?? '';
  const loaded = useSignal(0);
  const error = useSignal('');
  const tree = useSignal<BeamTree | undefined>(undefined);

  const attempt = async (action: () => Promise<void>): Promise<void> => {
    try {
      await action();
      error.value = '';
    } catch (reason) {
      error.value = reason instanceof Error ? reason.message : String(reason);
    }
  };
  useEffect(() => {
    void attempt(async () => {
      const files = await Promise.all(MODEL_FILES.map(async (name) => [name, await fetched(name)] as const));
      await worker.remote.load(Object.fromEntries(files));
      loaded.value++;
    });
  }, []);
  useEffect(() => {
    if (loaded.value === 0) return undefined;
    const translate = () =>
      attempt(async () => {
        const forced = prefix === '' ? [] : prefix.split('.').map(Number);
        tree.value = text.trim() === '' ? undefined : await worker.remote.translate(text, beam, forced);
      });
    const timer = setTimeout(() => void translate(), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, beam, prefix, loaded.value]);

  async function take(files: readonly File[]): Promise<void> {
    await attempt(async () => {
      const model = await findModel(files);
      if (!model) throw new Error(strings.write.notAModel);
      await worker.remote.load(model);
      setParams({ prefix: undefined });
      loaded.value++;
    });
  }

  const found = tree.value;
  return (
    <div class="room">
      <h1>{strings.rooms.translate}</h1>
      <p class="lead">{words.lead}</p>
      {error.value && (
        <p role="alert" class="error">
          {error.value}
        </p>
      )}
      <section class="panel" aria-labelledby="translation">
        <div class="field">
          <label for="source">{words.source}</label>
          <input
            id="source"
            type="text"
            value={text}
            onInput={({ currentTarget }) => setParams({ text: currentTarget.value.slice(0, 300), prefix: undefined })}
          />
        </div>
        <p class="hint">{words.vocabulary}</p>
        <h2 id="translation">{words.translation}</h2>
        <p class="score" aria-live="polite">
          {found?.text ?? words.opening}
        </p>
        {prefix && (
          <button type="button" onClick={() => setParams({ prefix: undefined })}>
            {words.free}
          </button>
        )}
      </section>
      <section class="panel" aria-labelledby="tree">
        <div class="heading">
          <h2 id="tree">{words.treeTitle}</h2>
          <div class="units">
            <Slider
              label={words.beam}
              value={beam}
              {...TRANSLATE_SETTINGS.beam}
              step={1}
              onChange={(value) => setParams({ beam: printSetting(TRANSLATE_SETTINGS.beam, value) })}
            />
          </div>
        </div>
        <p class="hint">{words.treeText}</p>
        {found && found.nodes.length > 0 && (
          <Tree
            tree={found}
            onForce={(node) =>
              setParams({
                prefix: pathTo(found.nodes, node)
                  .map((k) => found.nodes[k]?.id)
                  .join('.'),
              })
            }
          />
        )}
      </section>
      <section class="panel" aria-labelledby="attention">
        <h2 id="attention">{words.attentionTitle}</h2>
        <p class="hint">{words.attentionText}</p>
        {found && <Attention tree={found} />}
      </section>
      <section class="panel" aria-labelledby="model">
        <h2 id="model">{words.model}</h2>
        <label class="drop">
          {words.choose}
          <span class="button">{words.chooseFiles}</span>
          <input
            type="file"
            multiple
            class="hidden"
            onChange={({ currentTarget }) => void take([...(currentTarget.files ?? [])])}
          />
        </label>
      </section>
    </div>
  );
}

const fetched = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await (await fetch(`models/translate/${name}`)).arrayBuffer());

/** A row per token of the translation: how much it attends to each token of the source. */
function Attention({ tree: { source, nodes, best, attention } }: { tree: BeamTree }) {
  return (
    <div class="tree-scroll" tabIndex={0} role="group" aria-label={words.attentionTitle}>
      <table class="attention">
        <thead>
          <tr>
            <td />
            {source.map((piece, k) => (
              <th scope="col">{k === source.length - 1 ? words.end : piece || '␣'}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {best.map((node, row) => (
            <tr>
              <th scope="row">{nodes[node]?.isEnd ? words.end : nodes[node]?.piece || '␣'}</th>
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
