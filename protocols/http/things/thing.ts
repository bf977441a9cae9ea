import {
  checkAuthority,
  type ThingCommand,
  type ThingEvent,
  thingKind,
  type ThingState,
} from "../../../actors/mod.ts";
import type { DirectoryEntry } from "../../../projections/mod.ts";
import type { UserCaller } from "../auth/mod.ts";
import { shown } from "../entities.ts";
import type { HttpGround } from "../ground.ts";
import { type Managed, ownedEntry } from "../managed.ts";

/** What the shared routes need to know of things. */
export function managedThing(ground: HttpGround): Managed<ThingCommand, ThingEvent, ThingState> {
  return {
    noun: "thing",
    kind: thingKind,
    owned: (state) => state.status === "absent" || state.status === "removed" ? undefined : state,
    show: (entry, caller) => shownThing(ground, entry, caller),
    commands: {
      update: (by, profile) => ({ type: "UpdateThing", by, profile }),
      changeOwner: (by, ownerId) => ({ type: "ChangeThingOwner", by, ownerId }),
      enable: (by) => ({ type: "EnableThing", by }),
      disable: (by) => ({ type: "DisableThing", by }),
      share: (by, share) => ({ type: "ShareThing", by, ...share }),
      unshare: (by, userId) => ({ type: "UnshareThing", by, userId }),
      remove: (by) => ({ type: "RemoveThing", by }),
    },
  };
}

/** In the words of 0.13 (`key`) and of 0.14 (`credentials`) at once. */
function shownThing(
  ground: HttpGround,
  entry: DirectoryEntry,
  caller: UserCaller,
): Record<string, unknown> {
  // Whoever holds the key can publish as the thing: reading about it is not enough.
  const mayHaveKey = checkAuthority(caller.authority, ownedEntry(entry), "write") === undefined;
  if (!mayHaveKey) return { ...shown(entry), credentials: {} };
  const { sealed } = entry.fields["key"] as { readonly sealed: string };
  const key = ground.secrets.openThingKey(sealed);
  return { ...shown(entry), key, credentials: { secret: key } };
}
