/** TEMPORARY until text's word tokenizer lands. */
const WORD = /https?:\/\/\S+|[@#][\p{L}\p{N}_]+|\p{L}+(?:['’]\p{L}+)?|\p{N}+(?:[.,/]\p{N}+)*|[:;=][-o]?[()D]|\p{Extended_Pictographic}|[^\s\p{L}\p{N}]/gu;
export const tokenize = (text: string): string[] => text.match(WORD) ?? [];
