import { type Clock, type Random, type Requests, TransientError } from "../../../../actors/mod.ts";

/** Questions that are late, come twice, or are lost, and answers that are; nothing else is made up. */
export class LossyRequests implements Requests {
  readonly #requests: Requests;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #ends: (() => void)[] = [];
  /** Of a hundred questions, and of a hundred answers. */
  lostPercent = 4;
  doubledPercent = 6;
  delayMsMax = 60;
  /** Nothing comes in or goes out. */
  isCut = false;

  constructor(
    requests: Requests,
    { clock, random }: { readonly clock: Clock; readonly random: Random },
  ) {
    this.#requests = requests;
    this.#clock = clock;
    this.#random = random;
  }

  async ask(
    name: string,
    question: Uint8Array,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<Uint8Array | undefined> {
    if (this.isCut || this.#happens(this.lostPercent)) return await this.#late(name, timeoutMs);
    if (this.#happens(this.doubledPercent)) void this.#again(name, question, timeoutMs);
    await this.#delay();
    const answer = await this.#requests.ask(name, question, { timeoutMs });
    await this.#delay();
    if (this.isCut || this.#happens(this.lostPercent)) return await this.#late(name, timeoutMs);
    return answer;
  }

  async answer(
    name: string,
    reply: (question: Uint8Array) => Promise<Uint8Array>,
  ): Promise<() => void> {
    const end = await this.#requests.answer(name, async (question) => {
      if (this.isCut) return await new Promise(() => {});
      return await reply(question);
    });
    this.#ends.push(end);
    return end;
  }

  tell(name: string, message: Uint8Array): void {
    if (!this.isCut && !this.#happens(this.lostPercent)) this.#requests.tell(name, message);
  }

  async listen(name: string, heard: (message: Uint8Array) => void): Promise<() => void> {
    const end = await this.#requests.listen(name, (message) => {
      if (!this.isCut) heard(message);
    });
    this.#ends.push(end);
    return end;
  }

  /** Its process is gone. */
  die(): void {
    this.isCut = true;
    for (const end of this.#ends.splice(0)) end();
  }

  heal(): void {
    this.lostPercent = this.doubledPercent = this.delayMsMax = 0;
    this.isCut = false;
  }

  async #again(name: string, question: Uint8Array, timeoutMs: number): Promise<void> {
    await this.#delay(10);
    // Whoever asked has its answer, or none.
    await this.#requests.ask(name, question, { timeoutMs }).catch(() => undefined);
  }

  async #late(name: string, timeoutMs: number): Promise<never> {
    await new Promise<void>((resolve) => this.#clock.schedule(timeoutMs, resolve));
    throw new TransientError(`Cannot ask '${name}': no answer within ${timeoutMs} ms`);
  }

  #delay(times = 1): Promise<void> {
    const delayMs = Math.floor(this.#random.next() * this.delayMsMax * times);
    return new Promise((resolve) => this.#clock.schedule(delayMs, resolve));
  }

  #happens(percent: number): boolean {
    return this.#random.next() * 100 < percent;
  }
}
