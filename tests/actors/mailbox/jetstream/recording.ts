import type { FrameHandler, MailboxFrame, SharedMailbox } from "../../../../actors/mod.ts";
import { TransientError } from "../../../../actors/mod.ts";
import { frameFor } from "../mailbox_contract.ts";

/** A log as the recorder keeps it: an event whose id it knows is not stored again. */
export class Log {
  readonly eventIds: string[] = [];
  readonly #positions = new Map<string, number>();

  readonly handler: FrameHandler = ({ sections }) =>
    Promise.resolve(sections.map(({ eventId }) => ({ position: this.#store(eventId) })));

  readonly end = (): Promise<number> => Promise.resolve(this.eventIds.length);

  #store(eventId: string): number {
    const known = this.#positions.get(eventId);
    if (known !== undefined) return known;
    this.eventIds.push(eventId);
    this.#positions.set(eventId, this.eventIds.length);
    return this.eventIds.length;
  }
}

export function eventOf({ sections }: MailboxFrame): string {
  return sections[0]!.eventId;
}

export interface Poster {
  /** Event ids in the order of posting, and those whose post resolved. */
  readonly posted: readonly string[];
  readonly acknowledged: readonly string[];
  stop(): Promise<void>;
}

/** Posts to a partition, one frame after another, until it is told to stop. */
export function posting(mailbox: SharedMailbox, partition: number): Poster {
  const posted: string[] = [];
  const acknowledged: string[] = [];
  let isOver = false;
  const done = (async () => {
    while (!isOver) {
      const frame = frameFor("a", partition);
      posted.push(eventOf(frame));
      try {
        await mailbox.post(frame);
        acknowledged.push(eventOf(frame));
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  return {
    posted,
    acknowledged,
    async stop() {
      isOver = true;
      await done;
    },
  };
}
