/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Part of a JSON Schema (draft 2020-12): what an editor is told of a value. */
export type JsonSchema = { readonly [keyword: string]: Json };
