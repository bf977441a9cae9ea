/**
 * What things, channels, users and domains are, and were: names, metadata, owners, connections.
 *
 * Main path: each event begins a new version of its entity in `DirectoryStore`; `directoryQueries`
 * answers for now, or for any instant, from the same table.
 *
 * A version is never overwritten. Personal data stands here in clear: the file is its owner's only,
 * and a rebuild after an erasure does not bring it back.
 */
export { directoryProjection, type DirectoryWrite } from "./directory_projection.ts";
export { DirectoryStore } from "./directory_store.ts";
export { directoryQueries } from "./queries.ts";
export type * from "./questions.ts";
