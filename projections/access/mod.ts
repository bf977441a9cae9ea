/**
 * Who may do what.
 *
 * Main path: the access projection keeps one row an entity with the fields that decide about access;
 * after each transaction it hands the changed rows to the `InMemoryAccessIndex` of the edges' thread,
 * which tells open connections.
 *
 * Edges ask the index and nothing else. It holds keyed hashes of keys, never keys.
 */
export type * from "./access_index.ts";
export {
  accessProjection,
  type AccessRow,
  AccessStore,
  type AccessWrite,
} from "./access_projection.ts";
export { InMemoryAccessIndex } from "./in_memory_index.ts";
