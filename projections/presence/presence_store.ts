import { assertNever, type SessionEvent, type SubscriptionOptions } from "../../actors/mod.ts";
import { FileReadModel } from "../read_model/mod.ts";
import { presenceProjection, type PresenceWrite } from "./presence_projection.ts";
import {
  ENDED_PER_THING_MAX,
  ENDED_SUBSCRIPTIONS_MAX,
  NO_SESSION,
  PRESENCE_SCHEMA,
  REFUSALS_KEPT_MAX,
} from "./presence_schema.ts";

type Fact<T extends SessionEvent["type"]> = Extract<SessionEvent, { type: T }>["data"];

export class PresenceStore extends FileReadModel<PresenceWrite> {
  constructor(folder: string) {
    const { name, version } = presenceProjection;
    super(folder, { name, version, schema: PRESENCE_SCHEMA });
  }

  protected override write(writes: readonly PresenceWrite[]): void {
    for (const write of writes) this.#apply(write);
  }

  #apply(write: PresenceWrite): void {
    const { event } = write;
    switch (event.type) {
      case "SessionConnected":
        return this.#begin(write, event.data);
      case "SessionEnded":
        return this.#end(write, event.data);
      case "SessionSubscribed":
        return this.#subscribe(write, event.data);
      case "SessionUnsubscribed":
        return this.#unsubscribe(write, event.data);
      case "SessionRefused":
        return this.#refuse(write, event.data);
      case "SessionMessagesGone":
        return this.#missMessages(write, event.data);
      default:
        return assertNever(event);
    }
  }

  #begin(write: PresenceWrite, connected: Fact<"SessionConnected">): void {
    const { domainId: _, sessionId, clientId, protocol, resumed, ...made } = connected;
    const rest = resumed === undefined ? made : { ...made, resumed: { more: resumed.more } };
    this.file.statement(
      `INSERT OR REPLACE INTO sessions
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, NULL, 0, ?, NULL)`,
    ).run(
      write.domainId,
      write.thingId,
      sessionId,
      write.revision,
      clientId,
      protocol,
      write.edge,
      write.address,
      write.position,
      write.atMs,
      JSON.stringify(rest),
    );
    for (const { filter, ...options } of resumed?.subscriptions ?? []) {
      this.#insertSubscription(write, { sessionId, filter, options });
    }
  }

  /** Part of how the session began: once in it, and bounded by the fact itself. */
  #missMessages(
    { domainId, thingId }: PresenceWrite,
    { sessionId, channels, more }: Fact<"SessionMessagesGone">,
  ): void {
    this.file.statement(
      `UPDATE sessions SET connected = json_set(connected, '$.gone', json(?))
       WHERE domain_id = ? AND thing_id = ? AND session_id = ?`,
    ).run(JSON.stringify({ channels, more }), domainId, thingId, sessionId);
  }

  #end(write: PresenceWrite, ended: Fact<"SessionEnded">): void {
    const { domainId: _, sessionId, clientId: __, ...rest } = ended;
    const key = [write.domainId, write.thingId, sessionId];
    this.file.statement(
      `UPDATE sessions SET to_position = ?, to_ms = ?, ended = ?
       WHERE domain_id = ? AND thing_id = ? AND session_id = ?`,
    ).run(write.position, write.atMs, JSON.stringify(rest), ...key);
    this.file.statement(
      `UPDATE subscriptions SET to_position = ?, to_ms = ?, cause = 'end'
       WHERE domain_id = ? AND thing_id = ? AND session_id = ? AND to_position IS NULL`,
    ).run(write.position, write.atMs, ...key);
    this.#forgetOldSessions(write);
  }

  #forgetOldSessions({ domainId, thingId }: PresenceWrite): void {
    const old = this.file.statement(
      `SELECT session_id FROM sessions
       WHERE domain_id = ? AND thing_id = ? AND to_position IS NOT NULL
       ORDER BY to_position DESC LIMIT -1 OFFSET ?`,
    ).all(domainId, thingId, ENDED_PER_THING_MAX);
    for (const { session_id } of old) {
      for (const table of ["sessions", "subscriptions", "refusals"]) {
        this.file.statement(
          `DELETE FROM ${table} WHERE domain_id = ? AND thing_id = ? AND session_id = ?`,
        ).run(domainId, thingId, session_id as string);
      }
    }
  }

  #subscribe(write: PresenceWrite, subscribed: Fact<"SessionSubscribed">): void {
    const { domainId: _, sessionId, filter, ...options } = subscribed;
    const key = [write.domainId, write.thingId, sessionId] as const;
    if (!this.#isKnown(write, sessionId)) return;
    this.#endSubscription(write, { sessionId, filter, cause: "replaced" });
    this.#insertSubscription(write, { sessionId, filter, options });
    this.file.statement(
      `DELETE FROM subscriptions
       WHERE domain_id = ? AND thing_id = ? AND session_id = ? AND to_position IS NOT NULL
         AND to_position <= (SELECT to_position FROM subscriptions
           WHERE domain_id = ? AND thing_id = ? AND session_id = ? AND to_position IS NOT NULL
           ORDER BY to_position DESC LIMIT 1 OFFSET ?)`,
    ).run(...key, ...key, ENDED_SUBSCRIPTIONS_MAX);
  }

  #insertSubscription(
    { domainId, thingId, position, atMs }: PresenceWrite,
    subscription: {
      readonly sessionId: string;
      readonly filter: string;
      readonly options: SubscriptionOptions;
    },
  ): void {
    const { sessionId, filter, options } = subscription;
    this.file.statement("INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?, '', ?, NULL, ?, NULL)")
      .run(domainId, thingId, sessionId, filter, JSON.stringify(options), position, atMs);
  }

  #unsubscribe(write: PresenceWrite, unsubscribed: Fact<"SessionUnsubscribed">): void {
    this.#endSubscription(write, unsubscribed);
  }

  #endSubscription(
    write: PresenceWrite,
    ended: { readonly sessionId: string; readonly filter: string; readonly cause: string },
  ): void {
    this.file.statement(
      `UPDATE subscriptions SET to_position = ?, to_ms = ?, cause = ?
       WHERE domain_id = ? AND thing_id = ? AND session_id = ? AND filter = ?
         AND to_position IS NULL`,
    ).run(
      write.position,
      write.atMs,
      ended.cause,
      write.domainId,
      write.thingId,
      ended.sessionId,
      ended.filter,
    );
  }

  #refuse(write: PresenceWrite, refused: Fact<"SessionRefused">): void {
    const { domainId, thingId, atMs } = write;
    const { action, topic, reason, reasonCode, count = 1, firstAtMs, lastAtMs } = refused;
    const sessionId = action === "connect" ? NO_SESSION : refused.sessionId;
    if (sessionId !== NO_SESSION && !this.#isKnown(write, sessionId)) return;
    this.file.statement(
      `UPDATE sessions SET refusals = refusals + ?
       WHERE domain_id = ? AND thing_id = ? AND session_id = ?`,
    ).run(count, domainId, thingId, sessionId);
    this.file.statement(
      `INSERT INTO refusals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count, last_ms = excluded.last_ms,
         reason_code = excluded.reason_code, client_id = excluded.client_id,
         address = excluded.address`,
    ).run(
      domainId,
      thingId,
      sessionId,
      action,
      topic,
      reason,
      reasonCode ?? null,
      count,
      firstAtMs ?? atMs,
      lastAtMs ?? atMs,
      refused.clientId,
      write.address,
    );
    this.file.statement(
      `DELETE FROM refusals WHERE domain_id = ? AND thing_id = ? AND session_id = ?
         AND (action, topic, reason) IN (SELECT action, topic, reason FROM refusals
           WHERE domain_id = ? AND thing_id = ? AND session_id = ?
           ORDER BY last_ms DESC LIMIT -1 OFFSET ?)`,
    ).run(domainId, thingId, sessionId, domainId, thingId, sessionId, REFUSALS_KEPT_MAX);
  }

  /** Of what began before the log's oldest event that is left, only pieces are known. */
  #isKnown({ domainId, thingId }: PresenceWrite, sessionId: string): boolean {
    return this.file.statement(
      "SELECT 1 FROM sessions WHERE domain_id = ? AND thing_id = ? AND session_id = ?",
    ).get(domainId, thingId, sessionId) !== undefined;
  }
}
