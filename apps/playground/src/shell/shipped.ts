import { MODEL_FILES } from '../storage/model-files.ts';
import type { RoomName } from './route.ts';

/** The built-in text and the trained models that the rooms open with. */
const FILES: Readonly<Partial<Record<RoomName, readonly string[]>>> = {
  write: ['texts/moby-dick.txt', ...modelFiles('char-lm')],
  translate: modelFiles('translate'),
};

function modelFiles(name: string): string[] {
  return MODEL_FILES.map((file) => `models/${name}/${file}`);
}

const begun = new Map<string, Promise<Response>>();

/** Asks for a room's files while its code is still on its way. */
export function beginFetches(room: RoomName): void {
  for (const path of FILES[room] ?? []) {
    const response = fetch(path);
    response.catch(() => undefined); // the room says so, when it asks for the file
    begun.set(path, response);
  }
}

/** The bytes of a file of the site. */
export async function fetchShipped(path: string): Promise<Uint8Array> {
  const early = begun.get(path);
  begun.delete(path);
  return new Uint8Array(await (await (early ?? fetch(path))).arrayBuffer());
}
