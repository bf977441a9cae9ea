/** A numbered statement of a specification. Tags are `MQTT-x.y.z-n` in 3.1.1 and `MQTT5-…` in 5.0. */
export interface Statement {
  readonly tag: string;
  /** In our own words. */
  readonly summary: string;
}

/** Why statements have no line or no test of ours. */
export interface Reason {
  readonly reason: string;
  readonly statements: readonly string[];
}

/** A specification with all its statements, in its order. */
export interface Specification {
  readonly name: string;
  readonly statements: readonly Statement[];
}

const FILES = [
  ["MQTT 5.0", "statements_5.json"],
  ["MQTT 3.1.1", "statements_3_1_1.json"],
] as const;

export async function readSpecifications(root: string): Promise<readonly Specification[]> {
  return await Promise.all(FILES.map(async ([name, file]) => {
    const summaries = await readJson<Readonly<Record<string, string>>>(root, file);
    const statements = Object.entries(summaries).map(([tag, summary]) => ({ tag, summary }));
    return { name, statements };
  }));
}

export async function readReasons(root: string): Promise<readonly Reason[]> {
  return await readJson(root, "reasons.json");
}

async function readJson<T>(root: string, file: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(`${root}/docs/mqtt/${file}`)) as T;
}
