/** Runs `work` once all earlier work on the same id is over. */
export type InTurn = <T>(id: string, work: () => Promise<T>) => Promise<T>;

/**
 * A person's fields are sealed as one: whoever changes some of them takes over the others, and must
 * not do so while somebody else changes those.
 */
export function takingTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return (id, work) => {
    const before = last.get(id) ?? Promise.resolve();
    const mine = before.then(work, work);
    last.set(id, mine);
    const over = () => {
      if (last.get(id) === mine) last.delete(id);
    };
    mine.then(over, over);
    return mine;
  };
}
