import assert from "node:assert/strict";
import { type BenchPlatform, startPlatform } from "../../../bench/platform.ts";
import type { Influxd } from "../../support/influxd/mod.ts";

/** Milliseconds until measurements must have caught up; influxd starts within it, and much is written. */
const CAUGHT_UP_MS_MAX = 60_000;
const BUCKET = "measurements";

export interface Answer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any -- each test knows what it asked for
  readonly body: any;
}

/** A platform whose measurements are in an influxd, and one device that may use one channel. */
export class Site {
  readonly thing = { id: crypto.randomUUID(), key: crypto.randomUUID() };
  readonly channel = crypto.randomUUID();
  readonly #influxd: Influxd;
  readonly #folder: string;
  #platform: BenchPlatform | undefined;
  /** All that it logged. */
  log = "";

  constructor(influxd: Influxd, folder: string) {
    this.#influxd = influxd;
    this.#folder = folder;
  }

  get runs(): boolean {
    return this.#platform !== undefined;
  }

  get platform(): BenchPlatform {
    assert.ok(this.#platform !== undefined);
    return this.#platform;
  }

  /** Through another port than influxd's own if a proxy stands in between. */
  async start(
    port: number = this.#influxd.port,
    { env = {} }: { readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<void> {
    const { url, org, token } = this.#influxd;
    const { protocol } = new URL(url);
    this.#platform = await startPlatform(this.#folder, {
      flags: [
        "--time-series",
        `influxdb+${protocol}//127.0.0.1:${port}/?org=${org}&bucket=${BUCKET}`,
      ],
      env: { ...env, MILLRACE_INFLUXDB_TOKEN: token },
      onLog: (text) => this.log += text,
    });
  }

  /** Answers the exit code. */
  async stop(): Promise<number> {
    const { platform } = this;
    this.#platform = undefined;
    return await platform.stop();
  }

  /** As a crash ends it; nothing if it does not run. */
  async kill(): Promise<void> {
    await this.#platform?.kill();
    this.#platform = undefined;
  }

  async setUp(): Promise<void> {
    await this.platform.post("/things", { ...this.thing, name: "boiler" });
    await this.platform.post("/channels", { id: this.channel, name: "cellar" });
    await this.platform.post("/connect", {
      thing_ids: [this.thing.id],
      channel_ids: [this.channel],
    });
  }

  /** True if it was acknowledged. */
  async publish(records: unknown, type = "application/senml+json"): Promise<boolean> {
    const response = await fetch(`${this.platform.http}/channels/${this.channel}/messages`, {
      method: "POST",
      headers: { authorization: `Thing ${this.thing.key}`, "content-type": type },
      body: JSON.stringify(records),
    });
    await response.body?.cancel();
    return response.status === 202;
  }

  async get(path: string): Promise<Answer> {
    const response = await fetch(`${this.platform.http}${path}`, {
      headers: { authorization: `Bearer ${this.platform.token}` },
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    return { status: response.status, body: isJson ? JSON.parse(text) : text };
  }

  messages(query = ""): Promise<Answer> {
    return this.get(`/channels/${this.channel}/messages${query}`);
  }

  /** What `/ready` says of the engine. */
  async engine(): Promise<{ readonly ready: number; readonly [key: string]: unknown }> {
    const { status, body } = await this.get("/ready");
    return { ready: status, ...body.engines.timeSeries };
  }

  /** Until everything that was said before is in influxd too. */
  async caughtUp(): Promise<void> {
    const authorization = `Bearer ${this.platform.token}`;
    const written = await fetch(`${this.platform.http}/things`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({ name: "a mark in the log" }),
    });
    await written.body?.cancel();
    const position = written.headers.get("millrace-position");
    assert.ok(position !== null);
    await this.eventually(async () => {
      const read = await fetch(`${this.platform.http}/channels/${this.channel}/messages?limit=1`, {
        headers: { authorization, "millrace-wait-for": position },
      });
      await read.body?.cancel();
      return read.status === 200;
    });
  }

  async eventually(holds: () => Promise<boolean>): Promise<void> {
    const untilMs = performance.now() + CAUGHT_UP_MS_MAX;
    while (!await holds()) {
      assert.ok(performance.now() < untilMs, "it did not come about");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Every value of the channel, or of one name in it, oldest first, page by page. */
  async values(name?: string): Promise<readonly number[]> {
    const named = name === undefined ? "" : `&name=${name}`;
    const values: number[] = [];
    for (;;) {
      const { status, body } = await this.messages(
        `?dir=asc&limit=1000&offset=${values.length}${named}`,
      );
      assert.equal(status, 200, JSON.stringify(body));
      values.push(...body.messages.map(({ value }: { readonly value: number }) => value));
      if (values.length >= body.total || body.messages.length === 0) return values;
    }
  }
}
