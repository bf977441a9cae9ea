import type { MailboxFrame } from "../../../actors/mod.ts";

/** What a mailbox keeps of one partition: frames in their order, and which of them are acknowledged. */
export class KeptLine {
  readonly frames: MailboxFrame[] = [];
  readonly #acknowledged = new Set<number>();
  #floor = 0;

  post(frame: MailboxFrame): void {
    this.frames.push({ ...frame, sequence: this.frames.length + 1 });
  }

  /** Index of the first frame that is not acknowledged: where a consumer begins. */
  get floor(): number {
    while (this.#acknowledged.has(this.#floor)) this.#acknowledged.delete(this.#floor++);
    return this.#floor;
  }

  acknowledge(index: number): void {
    if (index >= this.floor) this.#acknowledged.add(index);
  }
}
