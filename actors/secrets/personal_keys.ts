import { Buffer } from "node:buffer";
import { InvariantViolation, TerminalError } from "../errors.ts";
import {
  publishErasure,
  publishKey,
  type ReadableLog,
  sharedKey,
  type SharedLog,
} from "./personal_log.ts";
import type { HeldKey, Vault, WrappedKey } from "./vault.ts";

/** Streams of persons that are read or written at once: a start has one for each of many persons. */
const PERSONS_AT_ONCE = 64;

/** The key to seal with; made if there is none, of this node alone where no log is shared. */
export async function sealingKey(
  vault: Vault,
  { userId, log }: { readonly userId: string; readonly log: SharedLog | undefined },
): Promise<Uint8Array> {
  const held = vault.keyOf(userId);
  if (held !== undefined) return usable(held, userId);
  const fresh = vault.wrappedKey(userId);
  if (log === undefined) return usable(vault.keep(fresh, { shared: false }), userId);
  // In the log first: what is sealed under a key that only this node has, no other could ever read.
  const published = await publishKey(log, fresh);
  return usable(kept(vault, { userId, published }), userId);
}

function usable(held: HeldKey, userId: string): Uint8Array {
  if (held instanceof Uint8Array) return held;
  throw new TerminalError(
    `Cannot seal the profile of person '${userId}': the person was erased, and gets no key any more`,
  );
}

/** Looks in the log for the keys that this node does not have. */
export async function learnKeys(
  vault: Vault,
  { userIds, log }: { readonly userIds: readonly string[]; readonly log: ReadableLog },
): Promise<void> {
  const missing = [...new Set(userIds)].filter((userId) => vault.keyOf(userId) === undefined);
  for (let at = 0; at < missing.length; at += PERSONS_AT_ONCE) {
    await Promise.all(
      missing.slice(at, at + PERSONS_AT_ONCE).map(async (userId) => {
        kept(vault, { userId, published: await sharedKey(log, userId) });
      }),
    );
  }
}

function kept(
  vault: Vault,
  { userId, published }: {
    readonly userId: string;
    readonly published: WrappedKey | "erased" | undefined;
  },
): HeldKey {
  if (published === undefined) return undefined;
  if (published !== "erased") return vault.keep(published, { shared: true });
  vault.erase([userId]);
  return "erased";
}

/** Publishes the keys that were made before the log was shared. */
export async function publishKeys(vault: Vault, log: SharedLog): Promise<void> {
  for (;;) {
    const unshared = vault.unshared(PERSONS_AT_ONCE);
    if (unshared.length === 0) return;
    await Promise.all(unshared.map((key) => publishHeld(vault, { key, log })));
  }
}

async function publishHeld(
  vault: Vault,
  { key, log }: { readonly key: WrappedKey; readonly log: SharedLog },
): Promise<void> {
  const { userId } = key;
  const published = await publishKey(log, key);
  if (published === "erased") return vault.erase([userId]);
  if (published === undefined || !sameKey(vault, { key, published })) {
    throw new InvariantViolation(
      `Cannot publish the key of person '${userId}': the log holds another one, and what is sealed under this one could not be read any more`,
    );
  }
  vault.markShared(userId);
}

function sameKey(
  vault: Vault,
  { key, published }: { readonly key: WrappedKey; readonly published: WrappedKey },
): boolean {
  return Buffer.from(vault.unwrapped(key)).equals(vault.unwrapped(published));
}

/** For good, and everywhere: the other nodes follow the log. */
export async function eraseKey(
  vault: Vault,
  { userId, log }: { readonly userId: string; readonly log: SharedLog | undefined },
): Promise<void> {
  if (log !== undefined) await publishErasure(log, userId);
  vault.erase([userId]);
}
