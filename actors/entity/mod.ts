/**
 * What things, channels, users and domains have in common: a name with metadata and tags, an owner,
 * and the people it is shared with.
 *
 * Main path: a decider checks the authority of a command, then the limits of the profile in it.
 *
 * Every limit that a caller can reach stands here once; edges read it, and never repeat the number.
 */
export * from "./authority.ts";
export * from "./profile.ts";
