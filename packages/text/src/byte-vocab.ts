import { DataError } from './data-error.ts';
import { decodeUtf8, encodeUtf8, Utf8Decoder } from './utf8.ts';
import type { CharacterVocabulary, StreamDecoder } from './vocabulary.ts';

/** The 256 bytes of UTF-8. It needs no training, and nothing is unknown to it. */
export class ByteVocab implements CharacterVocabulary {
  readonly unit = 'byte';
  readonly size = 256;
  readonly unknownId = undefined;

  encode(text: string): Int32Array<ArrayBuffer> {
    return Int32Array.from(encodeUtf8('ByteVocab.encode', text));
  }

  decode(ids: Iterable<number>): string {
    return decodeUtf8(Uint8Array.from(ids, requireByte));
  }

  streamDecoder(): StreamDecoder {
    const utf8 = new Utf8Decoder();
    return { push: (id) => utf8.push(Uint8Array.of(requireByte(id))), end: () => utf8.end() };
  }

  unknowns(): Map<string, number> {
    return new Map();
  }

  toJSON(): { unit: 'byte' } {
    return { unit: 'byte' };
  }
}

function requireByte(id: number): number {
  if (!Number.isInteger(id) || id < 0 || id > 255)
    throw new DataError(`ByteVocab.decode: ids must be integers in [0, 256), got ${id}`);
  return id;
}
