/** Messages that are told apart by a name of their own, each of which must come to one subscriber. */
export class Arrivals {
  /** How many were to come for certain. */
  settled = 0;
  readonly #awaited = new Set<string>();

  /** Before it is sent: it may come at once. */
  expect(name: string): void {
    this.#awaited.add(name);
  }

  /** The sender knows now that it was taken. */
  settle(): void {
    this.settled++;
  }

  /** The sender does not live to learn whether it was taken. */
  excuse(name: string): void {
    this.#awaited.delete(name);
  }

  /** Once or more, as QoS 1 allows. */
  came(name: string): void {
    this.#awaited.delete(name);
  }

  get lost(): number {
    return this.#awaited.size;
  }

  some(count: number): readonly string[] {
    return [...this.#awaited].slice(0, count);
  }
}
