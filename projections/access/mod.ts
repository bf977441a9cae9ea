export type * from "./access_index.ts";
