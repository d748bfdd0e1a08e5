import { type ValuesOf, whole } from '../shell/settings.ts';

/** What the address of the room holds, beside the sentence and the forced prefix. */
export const TRANSLATE_SETTINGS = { beam: whole(1, 6, 3) } as const;

export type TranslateSettings = ValuesOf<typeof TRANSLATE_SETTINGS>;
