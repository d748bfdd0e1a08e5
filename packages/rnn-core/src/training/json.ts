/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** An object of JSON values; a key without a value is left out. */
export type JsonObject = { readonly [key: string]: Json | undefined };
