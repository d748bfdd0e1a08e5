import { datasetList } from '@unroll/datasets';
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
  dataset: path.optional().meta({
    description: 'named data set to train on',
    values: () => datasetList('text classification'),
    section: 'Data',
    placeholder: 'NAME',
  }),
  data: path.optional().meta({
    description: 'your own labelled texts: CSV, TSV or JSONL, gzip allowed',
    section: 'Data',
    placeholder: 'FILE',
  }),
  valid: path.optional().meta({
    description:
      'validation texts; by default a tenth of --data, but about 2,000 at most, chosen by a hash of the text',
    section: 'Data',
    placeholder: 'FILE',
  }),
  test: path.optional().meta({
    description: 'test texts; by default the validation texts when --valid is given, else as many others of --data',
    section: 'Data',
    placeholder: 'FILE',
  }),
  ...columnFlags,
  ...dataFlags,
};
