import type { SealedKey, Secrets } from "../../../actors/mod.ts";
import type { AccessIndex, ReadModels } from "../../../projections/mod.ts";
import { THING_KEY_WAIT_MS } from "../limits.ts";

/** A key in clear, and the keyed hash by which the access index knows it. */
export interface ThingKey {
  readonly key: string;
  readonly hash: string;
}

/** What proving a key without sending it needs to know of keys. */
export interface ThingKeys {
  /** The key of a thing; undefined if there is no such thing. */
  keyOf(thingId: string): Promise<ThingKey | undefined>;
  /** The salt for a name, the same at all times and nodes, whether a thing has the name or not. */
  saltOf(name: string): Uint8Array<ArrayBuffer>;
}

/** Keys as the directory holds them: sealed, and opened for as long as it takes to use them. */
export function sealedThingKeys(
  { access, readModels, secrets }: {
    readonly access: AccessIndex;
    readonly readModels: Pick<ReadModels, "directory" | "waitFor">;
    readonly secrets: Secrets;
  },
): ThingKeys {
  const stored = async (thingId: string): Promise<ThingKey | undefined> => {
    const entry = await readModels.directory.get("thing", thingId);
    if (entry === undefined) return undefined;
    const { sealed, hash } = entry.fields["key"] as SealedKey;
    return { key: secrets.openThingKey(sealed), hash };
  };
  return {
    saltOf: (name) => secrets.scramSalt(name),
    async keyOf(thingId) {
      const found = await stored(thingId);
      if (found?.hash === access.thing(thingId)?.keyHash) return found;
      // The index may know of a key before the directory does.
      await readModels.waitFor(access.position, {
        projections: ["directory"],
        timeoutMs: THING_KEY_WAIT_MS,
      });
      return await stored(thingId);
    },
  };
}
