/**
 * Things by HTTP.
 *
 * Main path: `registerThings` adds the routes that things and channels share, and those of things
 * alone: creation with a key, change of key, removal, and recognition by key.
 *
 * A key arrives in clear, is sealed here, and leaves in clear only to those who may write.
 */
export { managedThing } from "./thing.ts";
export { registerThings } from "./routes.ts";
