import { DataError } from './data-error.ts';
import { EncodedText } from './encoded-text.ts';
import { countCodePoints, decodeUtf8, encodeUtf8, Utf8Decoder } from './utf8.ts';
import type { CharacterVocabulary, StreamDecoder } from './vocabulary.ts';

/** The 256 bytes of UTF-8. It needs no training text, and every character is known. */
export class ByteVocabulary implements CharacterVocabulary {
  readonly unit = 'byte';
  readonly size = 256;
  readonly unknownId = undefined;

  encode(text: string): Int32Array<ArrayBuffer> {
    return Int32Array.from(encodeUtf8('ByteVocabulary.encode', text));
  }

  encodeWithFallback(text: string): EncodedText {
    return new EncodedText(this.encode(text), new Map(), countCodePoints(text));
  }

  decode(ids: Iterable<number>): string {
    return decodeUtf8(Uint8Array.from(ids, requireByte));
  }

  streamDecoder(): StreamDecoder {
    const utf8 = new Utf8Decoder();
    return { push: (id) => utf8.push(Uint8Array.of(requireByte(id))), end: () => utf8.end() };
  }

  toJSON(): { unit: 'byte' } {
    return { unit: 'byte' };
  }
}

function requireByte(id: number): number {
  if (!Number.isInteger(id) || id < 0 || id > 255)
    throw new DataError(`ByteVocabulary.decode: ids must be integers in [0, 256), got ${id}`);
  return id;
}
