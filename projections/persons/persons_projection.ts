import { PERSONAL_STREAM_PREFIX, type PersonErasures } from "../../actors/mod.ts";
import type { Projection, ReadModel } from "../runner/mod.ts";

/** Ids of users who were erased. */
export const personsProjection: Projection<string> = {
  name: "persons",
  version: 1,
  streamPrefixes: [PERSONAL_STREAM_PREFIX],
  handles: ["PersonErased"],
  project: ({ stream }) => [stream.slice(PERSONAL_STREAM_PREFIX.length)],
};

/** Follows erasures; its checkpoint lies beside the keys, so that neither comes back without the other. */
export class ErasedPersons implements ReadModel<string> {
  readonly #erasures: PersonErasures;
  readonly #onErased: (userIds: readonly string[]) => void;

  constructor(erasures: PersonErasures, onErased: (userIds: readonly string[]) => void) {
    this.#erasures = erasures;
    this.#onErased = onErased;
  }

  // deno-lint-ignore require-await -- the port is asynchronous, the vault is not
  async checkpoint(): Promise<number> {
    return this.#erasures.erasedThrough();
  }

  // deno-lint-ignore require-await -- the port is asynchronous, the vault is not
  async apply(userIds: readonly string[], checkpoint: number): Promise<void> {
    // A view that is behind meets these persons later, and without their keys.
    if (userIds.length > 0) this.#onErased(userIds);
    this.#erasures.eraseThrough(userIds, checkpoint);
  }

  async close(): Promise<void> {}
}
