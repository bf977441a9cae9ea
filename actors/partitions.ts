/** Ids of actors hash onto so many partitions; fixed for the life of an installation. */
export const PARTITIONS = 32;

/** FNV-1a over the id: stable across versions and engines, or messages would lose order. */
export function partitionOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) {
    hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % PARTITIONS;
}
