import {
  jsonMessage,
  type NodeCard,
  readJsonMessage,
  type Requests,
  TransientError,
} from "../../actors/mod.ts";
import { DEVICE_ANSWER_MS } from "./limits.ts";
import type { Carried } from "./carried.ts";
import {
  offWire,
  onWire,
  packetCapture,
  packetLines,
  type PieceOnWire,
  type RecordedPacket,
  type RecordedPiece,
  type RecorderState,
  type RecordingWish,
} from "./recorder/mod.ts";

/** What one node knows of the devices that are connected to it. */
export interface DevicesHere {
  carriedBy(thingId: string): ReadonlyMap<string, Carried>;
  readonly recorder: {
    hasRoom(thingId: string): boolean;
    start(thingId: string, wish: RecordingWish): RecorderState | undefined;
    state(thingId: string): RecorderState | undefined;
    piece(thingId: string, from: number): RecordedPiece | undefined;
  };
}

type Question =
  | { readonly ask: "carried"; readonly thingId: string }
  | { readonly ask: "room"; readonly thingId: string }
  | { readonly ask: "start"; readonly thingId: string; readonly wish: RecordingWish }
  | { readonly ask: "state"; readonly thingId: string }
  | { readonly ask: "piece"; readonly thingId: string; readonly from: number };

export interface DevicesGround {
  readonly here: DevicesHere;
  /** Where there are other nodes. */
  readonly others?: {
    readonly requests: Requests;
    /** Those that devices may be connected to, this one perhaps among them. */
    readonly edges: () => readonly NodeCard[];
    readonly node: string;
  };
}

/** The devices of all nodes, as whoever asks for one of them sees them. */
export class DevicesOfNodes {
  readonly #ground: DevicesGround;
  #endAnswering: Promise<() => void> | undefined;

  constructor(ground: DevicesGround) {
    this.#ground = ground;
  }

  /** Tells other nodes of the devices that are connected here. */
  answerOthers(): void {
    const { here, others } = this.#ground;
    this.#endAnswering = others?.requests.answer(
      nameOf(others.node),
      (question) => Promise.resolve(jsonMessage(answer(here, readJsonMessage<Question>(question)))),
    );
  }

  async close(): Promise<void> {
    (await this.#endAnswering)?.();
  }

  /** What the open connections of a thing have carried so far, by session id. */
  async carriedBy(thingId: string): Promise<ReadonlyMap<string, Carried>> {
    const all = await this.#ask<readonly [string, Carried][]>({ ask: "carried", thingId });
    return new Map(all.flat());
  }

  /** The recordings of one thing on all nodes, as one. */
  readonly recorder = {
    hasRoom: async (thingId: string): Promise<boolean> =>
      (await this.#ask<boolean>({ ask: "room", thingId })).every((has) => has),
    start: async (thingId: string, wish: RecordingWish): Promise<RecorderState | undefined> => {
      const states = await this.#ask<RecorderState | null>({ ask: "start", thingId, wish });
      return states.some((state) => state === null) ? undefined : together(states);
    },
    state: async (thingId: string): Promise<RecorderState | undefined> =>
      together(await this.#ask<RecorderState | null>({ ask: "state", thingId })),
    lines: async (thingId: string): Promise<Iterable<string> | undefined> => {
      const packets = await this.#packets(thingId);
      return packets && packetLines(packets);
    },
    capture: async (thingId: string): Promise<Iterable<Uint8Array> | undefined> => {
      const packets = await this.#packets(thingId);
      return packets && packetCapture(packets);
    },
  };

  async #packets(thingId: string): Promise<readonly RecordedPacket[] | undefined> {
    const { here, others } = this.#ground;
    const edges = others?.edges().map(({ node }) => node) ?? [];
    const recordings = await Promise.all([
      wholeRecording((from) => here.recorder.piece(thingId, from)),
      ...edges.filter((node) => node !== others!.node).map((node) =>
        wholeRecording(async (from) => {
          const piece = await this.#askNode(node, { ask: "piece", thingId, from });
          return piece === null ? undefined : offWire(piece as PieceOnWire);
        })
      ),
    ]);
    const known = recordings.filter((each) => each !== undefined);
    if (known.length === 0) return undefined;
    return known.flat().sort((a, b) => a.atMs - b.atMs);
  }

  /** Asks this node and all others. */
  async #ask<T>(question: Question): Promise<readonly T[]> {
    const { here, others } = this.#ground;
    const edges = others?.edges().map(({ node }) => node) ?? [];
    return await Promise.all([
      answer(here, question) as T,
      ...edges.filter((node) => node !== others!.node)
        .map((node) => this.#askNode(node, question) as Promise<T>),
    ]);
  }

  async #askNode(node: string, question: Question): Promise<unknown> {
    const { requests } = this.#ground.others!;
    const told = await requests.ask(nameOf(node), jsonMessage(question), {
      timeoutMs: DEVICE_ANSWER_MS,
    });
    if (told === undefined) {
      throw new TransientError(`Cannot ask node '${node}' for its devices: it has just gone`);
    }
    return readJsonMessage(told);
  }
}

function nameOf(node: string): string {
  return `devices.${node}`;
}

function answer(here: DevicesHere, question: Question): unknown {
  const { recorder } = here;
  const { thingId } = question;
  switch (question.ask) {
    case "carried":
      return [...here.carriedBy(thingId)];
    case "room":
      return recorder.hasRoom(thingId);
    case "start":
      return recorder.start(thingId, question.wish) ?? null;
    case "state":
      return recorder.state(thingId) ?? null;
    case "piece": {
      const piece = recorder.piece(thingId, question.from);
      return piece === undefined ? null : onWire(piece);
    }
  }
}

function together(states: readonly (RecorderState | null)[]): RecorderState | undefined {
  const known = states.filter((state) => state !== null);
  if (known.length === 0) return undefined;
  const sum = (of: (state: RecorderState) => number) => known.reduce((n, each) => n + of(each), 0);
  return {
    recording: known.some(({ recording }) => recording),
    startedMs: Math.min(...known.map(({ startedMs }) => startedMs)),
    untilMs: Math.max(...known.map(({ untilMs }) => untilMs)),
    payloads: known.some(({ payloads }) => payloads),
    packets: sum(({ packets }) => packets),
    bytes: sum(({ bytes }) => bytes),
    dropped: sum(({ dropped }) => dropped),
  };
}

async function wholeRecording(
  read: (from: number) => RecordedPiece | undefined | Promise<RecordedPiece | undefined>,
): Promise<readonly RecordedPacket[] | undefined> {
  const packets: RecordedPacket[] = [];
  for (let from: number | undefined = 0; from !== undefined;) {
    const piece: RecordedPiece | undefined = await read(from);
    if (piece === undefined) return from === 0 ? undefined : packets;
    packets.push(...piece.packets);
    from = piece.next;
  }
  return packets;
}
