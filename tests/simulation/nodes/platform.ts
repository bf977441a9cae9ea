import assert from "node:assert/strict";
import {
  ActorRuntime,
  channelKind,
  InProcessLeases,
  InProcessRequests,
  isRejection,
  ManualClock,
  newId,
  openInlineEventStore,
  partitionOf,
  READ_LIMIT_MAX,
  type RecordedEvent,
  seededRandom,
  silentLogger,
  SYSTEM_AUTHORITY,
} from "../../../actors/mod.ts";
import { METADATA } from "../../actors/event_store/events.ts";
import { forgetful } from "./forgetful_log.ts";
import { KeptLine } from "./line.ts";
import { type Installation, PlatformNode } from "./platform_node.ts";

const NODES = 3;
const FRAMES = 120;
const COMMANDS = 24;
const STEP_MS = 20;
const TURNS = 30;
/** A run that takes longer hangs. */
const STEPS_MAX = 20_000;
/** Two of one partition and two of others, whatever the seed. */
const CHANNELS = [1, 4, 9, 17].map((n) =>
  `0192f0c4-0000-7000-8000-00000000c0${String(n).padStart(2, "0")}`
);

/**
 * Frames and commands over nodes that fail at the will of `seed`; each must be in the log once. Answers
 * how often one node kept another from writing.
 */
export async function simulatePlatform(seed: number): Promise<number> {
  const platform = await SimulatedPlatform.open(seed);
  try {
    await platform.run();
    return platform.conflicts;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new assert.AssertionError({
      message: `seed ${seed} (run it alone with MILLRACE_SEED=${seed}): ${why}`,
    });
  } finally {
    await platform.close();
  }
}

class SimulatedPlatform implements Installation {
  readonly clock = new ManualClock();
  readonly random;
  readonly leases = new InProcessLeases();
  readonly requests = new InProcessRequests({ clock: this.clock });
  readonly log = forgetful(
    openInlineEventStore({ path: ":memory:", nowMs: () => Math.floor(this.clock.nowMs()) }),
    { onConflict: () => this.conflicts++ },
  );
  readonly lines: ReadonlyMap<number, KeptLine> = new Map(
    CHANNELS.map((id) => [partitionOf(id), new KeptLine()]),
  );
  /** Appends that came when another node had written the stream. */
  conflicts = 0;
  readonly #nodes: PlatformNode[] = [];
  readonly #sent: { readonly commandId: string; acknowledged: boolean }[] = [];
  #wrong: unknown;

  private constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  static async open(seed: number): Promise<SimulatedPlatform> {
    const platform = new SimulatedPlatform(seed);
    const { log, clock } = platform;
    const runtime = new ActorRuntime({ store: log, clock, logger: silentLogger, newId });
    for (const id of CHANNELS) {
      await runtime.execute(channelKind, {
        id,
        command: {
          type: "CreateChannel",
          by: SYSTEM_AUTHORITY,
          domainId: METADATA.domainId,
          profile: { name: id },
        },
        context: { ...METADATA, commandId: newId() },
      });
    }
    runtime.close();
    for (let n = 0; n < NODES; n++) platform.#add();
    return platform;
  }

  readonly wrong = (error: unknown): void => {
    this.#wrong ??= error;
  };

  async close(): Promise<void> {
    for (const node of this.#nodes) node.kill();
    await this.log.close();
  }

  async run(): Promise<void> {
    const clients = CHANNELS.map((id) => this.#renames(id));
    let done = false;
    const all = Promise.all(clients).finally(() => done = true);
    all.catch(() => undefined);
    let posted = 0;
    for (let step = 0; !done || posted < FRAMES || !this.#empty; step++) {
      assert.ok(step < STEPS_MAX, "frames or commands never get through");
      if (posted < FRAMES && step % 10 === 0) this.#post(posted++);
      // Near the end nothing more goes wrong, so that it has one.
      if (step % 100 === 0 && (posted < FRAMES || !done)) this.#disturb();
      this.clock.advance(STEP_MS);
      for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
      if (this.#wrong !== undefined) throw this.#wrong;
    }
    await all;
    await this.#check();
  }

  get #empty(): boolean {
    return [...this.lines.values()].every((line) => line.floor === line.frames.length);
  }

  #add(): void {
    const rate = 1 + (this.random.next() * 2 - 1) * 0.01;
    this.#nodes.push(new PlatformNode(this, { id: `node-${this.#nodes.length}`, rate }));
  }

  #post(number: number): void {
    const channelId = CHANNELS[number % CHANNELS.length]!;
    const batch = new TextEncoder().encode(JSON.stringify(number));
    const section = () => ({
      channelId,
      eventId: newId(),
      batch,
      messageCount: 1,
      retainedCount: 0,
    });
    this.lines.get(partitionOf(channelId))!.post({
      id: newId(),
      partition: partitionOf(channelId),
      closedAtMs: Math.floor(this.clock.nowMs()),
      sections: number % 3 === 0 ? [section(), section()] : [section()],
    });
  }

  #disturb(): void {
    const { random, clock } = this;
    const live = this.#nodes.filter(({ alive, stopping }) => alive && !stopping);
    const node = live[Math.floor(random.next() * live.length)]!;
    const lastsMs = 500 + random.next() * 12_000;
    const kinds = [
      () => {},
      () => {
        node.kill();
        this.#add();
      },
      () => {
        void node.stop();
        this.#add();
      },
      () => {
        node.link.cut = true;
        clock.schedule(lastsMs, () => node.link.cut = false);
      },
      () => {
        node.toLog.cut = true;
        clock.schedule(lastsMs / 4, () => node.toLog.cut = false);
      },
      () => {
        node.clock.freeze();
        clock.schedule(lastsMs, () => node.clock.thaw());
      },
      () => {
        // It believes for ever to own what it owns, hears of nothing else, and goes on writing.
        node.link.cut = true;
        node.clock.stopCounting();
        clock.schedule(20_000, () => node.kill());
        this.#add();
      },
    ];
    kinds[Math.floor(random.next() * kinds.length)]!();
  }

  /** A person who renames a channel over and over, and asks another node where one does not answer. */
  async #renames(channelId: string): Promise<void> {
    for (let number = 0; number < COMMANDS / CHANNELS.length; number++) {
      const sent = { commandId: newId(), acknowledged: false };
      this.#sent.push(sent);
      while (!sent.acknowledged) {
        const { alive } = Object.groupBy(this.#nodes, (each) => each.alive ? "alive" : "dead");
        const node = alive![Math.floor(this.random.next() * alive!.length)]!;
        const outcome = node.commands.execute(channelKind, {
          id: channelId,
          command: { type: "UpdateChannel", by: SYSTEM_AUTHORITY, profile: { name: `${number}` } },
          context: { ...METADATA, commandId: sent.commandId },
        }).then((each) => !isRejection(each), () => false);
        const late = new Promise<boolean>((resolve) =>
          this.clock.schedule(12_000, () => resolve(false))
        );
        sent.acknowledged = await Promise.race([outcome, late]);
      }
      await new Promise<void>((resolve) => this.clock.schedule(1_000, resolve));
    }
  }

  async #check(): Promise<void> {
    const { events } = await this.log.readAll({ after: 0, limit: READ_LIMIT_MAX });
    for (const { commandId } of this.#sent) {
      const count = events.filter(({ metadata }) => metadata.causationId === commandId).length;
      assert.equal(count, 1, `a command was carried out ${count} times`);
    }
    for (const channelId of CHANNELS) {
      const said = events.filter(({ stream }) => stream.startsWith(`messages-${channelId}`));
      assert.deepEqual(idsOf(said), idsOf(this.#posted(channelId)), "frames are lost or doubled");
    }
  }

  #posted(channelId: string): readonly { readonly id: string }[] {
    const { frames } = this.lines.get(partitionOf(channelId))!;
    return frames.flatMap(({ sections }) => sections)
      .filter((section) => section.channelId === channelId)
      .map(({ eventId }) => ({ id: eventId }));
  }
}

function idsOf(events: readonly Pick<RecordedEvent, "id">[]): readonly string[] {
  return events.map(({ id }) => id);
}
