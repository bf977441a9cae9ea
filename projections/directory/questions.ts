import type { Operation } from "rfc6902";
import type { JsonObject } from "../../actors/mod.ts";
import type { EntityKind } from "../entity/mod.ts";

/** A place in the past: a position of the log, or an instant in milliseconds since the Unix epoch. */
export type At = { readonly position: number } | { readonly ms: number };

/** An entity as it is, or was. */
export interface DirectoryEntry {
  readonly kind: EntityKind;
  readonly id: string;
  readonly domainId: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** Principal of the newest change. */
  readonly updatedBy: string;
  /** Position of the newest change. */
  readonly position: number;
  /** Name, metadata, tags, status, ownerId, shares and what its kind adds; keys stay sealed. */
  readonly fields: JsonObject;
}

export interface DirectoryFilter {
  readonly domainId: string;
  /** Only what this user owns or shares; absent for those who see all. */
  readonly visibleTo?: string;
  /** Part of the name, letter case ignored. */
  readonly name?: string;
  /** Every member, at any depth, must be there with this value. */
  readonly metadata?: JsonObject;
  readonly tag?: string;
  readonly status?: "enabled" | "disabled";
  readonly ownerId?: string;
  readonly email?: string;
  /** Only channels of this thing, or things of this channel; `connected: false` means the others. */
  readonly connection?: {
    readonly thingId?: string;
    readonly channelId?: string;
    readonly connected: boolean;
  };
}

export interface DirectoryPage {
  readonly order: "id" | "name" | "created_at" | "updated_at";
  readonly direction: "asc" | "desc";
  readonly offset: number;
  /** 1..100. */
  readonly limit: number;
  readonly at?: At;
  /** Only what comes behind this place in the order: `key` is the value that is ordered by. */
  readonly after?: { readonly key: string | number; readonly id: string };
}

export interface DirectoryQueries {
  get(kind: EntityKind, id: string, at?: At): DirectoryEntry | undefined;
  list(
    kind: EntityKind,
    question: { readonly filter: DirectoryFilter; readonly page: DirectoryPage },
  ): { readonly total: number; readonly items: readonly DirectoryEntry[] };
  /** What the event at `position` changed in the description, as RFC 6902 operations; keys masked. */
  changesAt(
    kind: EntityKind,
    event: { readonly id: string; readonly position: number },
  ): readonly Operation[];
  /** Names of users and things, for those ids that have one. */
  names(ids: readonly string[]): { readonly [id: string]: string };
}
