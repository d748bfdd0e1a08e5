import { type Context, command, type JsonObject, outputFlags } from '@unroll/run';
import { z } from 'zod';
import { summariesOf } from '../running/comparison.ts';
import { WatchServer } from '../running/watch-server.ts';
import { folders } from './report.ts';

const watchSchema = z.object({
  folders,
  port: z.int().min(0).max(65_535).default(4848).meta({
    description: 'port on this machine; 0 = any that is free',
    section: 'Output',
  }),
  ...outputFlags,
});

/** `watch`: the live report, until Ctrl-C. */
export const watchCommand = command({
  schema: watchSchema,
  run: watchComparison,
});

async function watchComparison(
  { folders, port }: z.output<typeof watchSchema>,
  { out, command }: Context,
): Promise<JsonObject> {
  summariesOf(folders); // what is not a comparison is said now
  await using server = new WatchServer(folders, command);
  const url = await server.listen(port);
  out.write(`Live at ${url} until Ctrl-C.\n`);
  await new Promise((resolve) => process.once('SIGINT', resolve));
  return { url };
}
