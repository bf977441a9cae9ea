import {
  type Clock,
  type Logger,
  partitionOf,
  type Requests,
  type SharedKey,
  TransientError,
} from "../../../actors/mod.ts";
import { SHARED_AGAIN_MS } from "../limits.ts";
import type { SharedAway, SharedJoin, SharedSubscriptions } from "../outgoing/mod.ts";
import { HostLine } from "./host_line.ts";
import { decoded, decodedPiece, encoded, HOSTS, nodeName, TAKEN, UNKNOWN_HOST } from "./wire.ts";

export interface RemoteGroupsGround {
  readonly requests: Requests;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  /** Every stored message up to it has been handed to those who listen at this node. */
  readonly deliveredThrough: () => number;
}

/** The part that the clients of this node have in groups, which whoever has their partitions hosts. */
export class RemoteGroups implements SharedSubscriptions {
  readonly #ground: RemoteGroupsGround;
  readonly #node: string;
  readonly #lines = new Map<number, HostLine>();
  #members = 0;
  #listening: Promise<void> | undefined;
  #ends: (() => void)[] = [];
  #isClosed = false;

  constructor(ground: RemoteGroupsGround) {
    this.#ground = ground;
    this.#node = ground.newId();
  }

  join(key: SharedKey, joined: SharedJoin): (awaySeconds?: number) => void {
    const { subtopicFilter } = joined;
    return this.#line(key).join({ key, subtopicFilter }, joined);
  }

  forget(key: SharedKey, { session, subtopicFilter, awaySeconds = 0 }: SharedAway): void {
    this.#line(key).forget({ key, subtopicFilter, session, awaySeconds });
  }

  async settled(): Promise<void> {
    await Promise.all(this.#lines.values().map((line) => line.settled()));
  }

  /** Says and takes nothing any more. */
  close(): void {
    this.#isClosed = true;
    for (const line of this.#lines.values()) line.close();
    for (const end of this.#ends.splice(0)) end();
  }

  #line({ channelId }: SharedKey): HostLine {
    const partition = partitionOf(channelId);
    const known = this.#lines.get(partition);
    if (known !== undefined) return known;
    const line = new HostLine({
      ...this.#ground,
      node: this.#node,
      newMemberId: () => ++this.#members,
      listening: () => this.#listening ??= this.#listen(),
    }, partition);
    this.#lines.set(partition, line);
    return line;
  }

  /** Resolves when messages can come, however long that takes. */
  async #listen(): Promise<void> {
    const { requests, clock, logger } = this.#ground;
    while (!this.#isClosed) {
      try {
        this.#add(await requests.answer(nodeName(this.#node), (piece) => this.#taken(piece)));
        this.#add(
          await requests.listen(HOSTS, (partition) => {
            this.#lines.get(decoded<number>(partition))?.hostChanged();
          }),
        );
        return;
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        logger.warn("shared messages cannot come yet", { error: error.message });
        await new Promise<void>((resolve) => clock.schedule(SHARED_AGAIN_MS, resolve));
      }
    }
  }

  #add(end: () => void): void {
    if (this.#isClosed) end();
    else this.#ends.push(end);
  }

  // deno-lint-ignore require-await -- what it throws must reach whoever asks as a failed answer
  async #taken(piece: Uint8Array): Promise<Uint8Array> {
    const { epoch, handed } = decodedPiece(piece);
    const [first] = handed;
    const line = first && this.#lines.get(partitionOf(first.message.channelId));
    return encoded(line?.take(epoch, handed) === true ? TAKEN : UNKNOWN_HOST);
  }
}
