import { dataFlags } from '@unroll/run';
import { z } from 'zod';

export const path = z.string().min(1);

/** A column by its name in the header, or by its number, from 1, in a file without a header. */
const column = (name: string) => z.string().min(1).default(name).meta(columnMeta(name, ''));

/** The same, by default as the run had it. */
const columnOfRun = (name: string) =>
  z.string().min(1).optional().meta(columnMeta(name, '; by default as in training'));

const columnMeta = (name: string, byDefault: string) => ({
  description: `column or key of the ${name}: its name, or its number from 1 in a file without a header${byDefault}`,
  placeholder: 'NAME|N',
  section: 'Data',
});

export const columnFlags = { textColumn: column('text'), labelColumn: column('label') };
export const columnOfRunFlags = { textColumn: columnOfRun('text'), labelColumn: columnOfRun('label') };

/** Which labelled texts to train on. */
export const corpusFlags = {
  dataset: path
    .optional()
    .meta({ description: 'named data set, such as uci-sentences or imdb-10k', section: 'Data', placeholder: 'NAME' }),
  data: path.optional().meta({
    description: 'your own labelled texts: CSV, TSV or JSONL, gzip allowed',
    section: 'Data',
    placeholder: 'FILE',
  }),
  valid: path.optional().meta({
    description: 'validation texts; by default a tenth of --data, chosen by a hash of the text',
    section: 'Data',
    placeholder: 'FILE',
  }),
  test: path.optional().meta({
    description: 'test texts; by default the validation texts when --valid is given, else another tenth of --data',
    section: 'Data',
    placeholder: 'FILE',
  }),
  ...columnFlags,
  ...dataFlags,
};

/** A trained model, as every command that uses one takes it. */
export const modelFlags = {
  dir: path.meta({ description: 'folder of a run', argument: 'DIR', once: true }),
  checkpoint: z.enum(['best', 'last']).default('best').meta({
    description: 'weights to use: best = lowest validation loss, last = last saved step',
    section: 'Model',
  }),
};

export const casedFlag = z.boolean().default(false).meta({
  description: 'keep capitals; by default every word is lower-cased',
  section: 'Tokens',
});
