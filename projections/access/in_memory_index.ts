import type { ConnectionType, JsonObject } from "../../actors/mod.ts";
import type {
  AccessChange,
  AccessIndex,
  ChannelAccess,
  ConnectionAccess,
  DomainAccess,
  SharesAccess,
  ThingAccess,
  UserAccess,
} from "./access_index.ts";
import type { AccessRow } from "./access_projection.ts";

/** Keys whose hash is remembered, so that a device that publishes by HTTP costs no HMAC each time. */
const KEY_CACHE_ENTRIES_MAX = 10_000;

const NO_CERTIFICATES: readonly string[] = [];
const NO_CONNECTIONS: ReadonlyMap<string, ConnectionAccess> = new Map();

/** The access read model in the memory of the edges' thread. */
export class InMemoryAccessIndex implements AccessIndex {
  readonly #hashKey: (key: string) => string;
  readonly #things = new Map<string, ThingAccess>();
  readonly #thingIdByKeyHash = new Map<string, string>();
  readonly #thingIdByCertificate = new Map<string, string>();
  readonly #channels = new Map<string, ChannelAccess>();
  readonly #users = new Map<string, UserAccess>();
  readonly #userIdByEmailHash = new Map<string, string>();
  readonly #emailHashByUserId = new Map<string, string>();
  readonly #domains = new Map<string, DomainAccess>();
  readonly #listeners = new Set<(change: AccessChange) => void>();
  readonly #hashes = new Map<string, string>();
  #position = 0;
  #version = 0;

  constructor(options: { readonly hashKey: (key: string) => string }) {
    this.#hashKey = options.hashKey;
  }

  get position(): number {
    return this.#position;
  }

  get version(): number {
    return this.#version;
  }

  /** Takes over what the access projection wrote, then tells the listeners. */
  apply(rows: readonly AccessRow[], position: number): void {
    const changes = rows.flatMap((row) => this.#applyRow(row));
    this.#position = Math.max(this.#position, position);
    if (rows.length > 0) this.#version++;
    for (const change of changes) {
      for (const listener of this.#listeners) listener(change);
    }
  }

  thing(id: string): ThingAccess | undefined {
    return this.#things.get(id);
  }

  // A keyed hash is compared, not the key: how long the lookup takes says nothing about the key.
  thingByKey(key: string): ThingAccess | undefined {
    let hash = this.#hashes.get(key);
    if (hash === undefined) {
      hash = this.#hashKey(key);
      if (this.#thingIdByKeyHash.has(hash)) this.#rememberHash(key, hash);
    }
    const id = this.#thingIdByKeyHash.get(hash);
    return id === undefined ? undefined : this.#things.get(id);
  }

  thingByCertificate(fingerprint: string): ThingAccess | undefined {
    const id = this.#thingIdByCertificate.get(fingerprint);
    return id === undefined ? undefined : this.#things.get(id);
  }

  channel(id: string): ChannelAccess | undefined {
    return this.#channels.get(id);
  }

  user(id: string): UserAccess | undefined {
    return this.#users.get(id);
  }

  domain(id: string): DomainAccess | undefined {
    return this.#domains.get(id);
  }

  userByEmailHash(hash: string): UserAccess | undefined {
    const id = this.#userIdByEmailHash.get(hash);
    return id === undefined ? undefined : this.#users.get(id);
  }

  mayPublish(thingId: string, channelId: string): boolean {
    return this.#connection(thingId, channelId)?.publish === true;
  }

  maySubscribe(thingId: string, channelId: string): boolean {
    return this.#connection(thingId, channelId)?.subscribe === true;
  }

  onChange(listener: (change: AccessChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #connection(thingId: string, channelId: string): ConnectionAccess | undefined {
    const thing = this.#things.get(thingId);
    if (thing === undefined || !thing.enabled) return undefined;
    const channel = this.#channels.get(channelId);
    if (channel === undefined || !channel.enabled) return undefined;
    if (channel.domainId !== thing.domainId) return undefined;
    if (this.#domains.get(thing.domainId)?.enabled === false) return undefined;
    return thing.connections.get(channelId);
  }

  #rememberHash(key: string, hash: string): void {
    if (this.#hashes.size >= KEY_CACHE_ENTRIES_MAX) this.#hashes.clear();
    this.#hashes.set(key, hash);
  }

  #applyRow(row: AccessRow): AccessChange[] {
    switch (row.kind) {
      case "thing":
        return [this.#applyThing(row)];
      case "channel":
        if (row.fields === undefined) this.#channels.delete(row.id);
        else this.#channels.set(row.id, channelOf(row, row.fields));
        return [{ kind: "channel", id: row.id }];
      case "user":
        this.#applyUser(row);
        return [{ kind: "user", id: row.id }];
      case "domain":
        return this.#applyDomain(row);
    }
  }

  #applyThing(row: AccessRow): AccessChange {
    const before = this.#things.get(row.id);
    const after = row.fields === undefined ? undefined : thingOf(row, row.fields);
    const keyChanged = before !== undefined && before.keyHash !== after?.keyHash;
    if (before !== undefined && this.#thingIdByKeyHash.get(before.keyHash) === row.id) {
      this.#thingIdByKeyHash.delete(before.keyHash);
    }
    for (const fingerprint of before?.certificates ?? []) {
      if (this.#thingIdByCertificate.get(fingerprint) === row.id) {
        this.#thingIdByCertificate.delete(fingerprint);
      }
    }
    if (after === undefined) {
      this.#things.delete(row.id);
    } else {
      this.#things.set(row.id, after);
      this.#thingIdByKeyHash.set(after.keyHash, row.id);
      for (const fingerprint of after.certificates) {
        this.#thingIdByCertificate.set(fingerprint, row.id);
      }
    }
    return { kind: "thing", id: row.id, keyChanged };
  }

  /** What a domain's state takes or gives, it takes from or gives to each of its things. */
  #applyDomain(row: AccessRow): AccessChange[] {
    const was = this.#domains.get(row.id)?.enabled ?? true;
    const domain = domainOf(row.fields ?? {});
    this.#domains.set(row.id, domain);
    if (was === domain.enabled) return [];
    return [...this.#things.values()].filter(({ domainId }) => domainId === row.id)
      .map(({ id }) => ({ kind: "thing", id, keyChanged: false }));
  }

  #applyUser(row: AccessRow): void {
    const before = this.#emailHashByUserId.get(row.id);
    // Another user may have taken the address in the same page, and its row may have come first.
    if (before !== undefined && this.#userIdByEmailHash.get(before) === row.id) {
      this.#userIdByEmailHash.delete(before);
    }
    if (row.fields === undefined) {
      this.#users.delete(row.id);
      this.#emailHashByUserId.delete(row.id);
      return;
    }
    const emailHash = row.fields["emailHash"] as string;
    this.#users.set(row.id, userOf(row, row.fields));
    this.#userIdByEmailHash.set(emailHash, row.id);
    this.#emailHashByUserId.set(row.id, emailHash);
  }
}

function thingOf(row: AccessRow, fields: JsonObject): ThingAccess {
  const connected = Object.entries(fields["connections"] as JsonObject ?? {});
  return {
    id: row.id,
    domainId: row.domainId,
    ownerId: fields["ownerId"] as string,
    enabled: fields["status"] === "enabled",
    keyHash: fields["keyHash"] as string,
    certificates: fields["certificates"] === undefined
      ? NO_CERTIFICATES
      : Object.keys(fields["certificates"] as JsonObject),
    shares: fields["shares"] as SharesAccess,
    connections: connected.length === 0
      ? NO_CONNECTIONS
      : new Map(connected.map(([id, types]) => [id, connectionOf(types as ConnectionType[])])),
  };
}

function connectionOf(types: readonly ConnectionType[]): ConnectionAccess {
  return { publish: types.includes("publish"), subscribe: types.includes("subscribe") };
}

function channelOf(row: AccessRow, fields: JsonObject): ChannelAccess {
  return {
    id: row.id,
    domainId: row.domainId,
    ownerId: fields["ownerId"] as string,
    enabled: fields["status"] === "enabled",
    shares: fields["shares"] as SharesAccess,
  };
}

function domainOf(fields: JsonObject): DomainAccess {
  const sessionExpirySecondsMax = fields["sessionExpirySecondsMax"];
  return {
    enabled: fields["status"] !== "disabled",
    ...(typeof sessionExpirySecondsMax === "number" ? { sessionExpirySecondsMax } : {}),
  };
}

function userOf(row: AccessRow, fields: JsonObject): UserAccess {
  return {
    id: row.id,
    domainId: row.domainId,
    role: fields["role"] as UserAccess["role"],
    enabled: fields["status"] === "enabled",
    tokensValidFromMs: fields["tokensValidFromMs"] as number,
    apiKeys: fields["apiKeys"] as UserAccess["apiKeys"],
  };
}
