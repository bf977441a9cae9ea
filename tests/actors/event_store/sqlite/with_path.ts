/** Runs with a path for a log; the folder goes afterwards. */
export async function withPath(run: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(`${folder}/events.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Bytes that no compressor makes smaller. */
export function noise(bytes: number): Uint8Array {
  const filled = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) {
    crypto.getRandomValues(filled.subarray(at, Math.min(bytes, at + 65_536)));
  }
  return filled;
}
