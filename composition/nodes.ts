import { monotonicClock, type NodeCard, PresentNodes, systemClock } from "../actors/mod.ts";
import { VERSION } from "../cli/mod.ts";
import { DevicesOfNodes, type MqttServer } from "../protocols/mod.ts";
import type { Ground } from "./ground.ts";
import type { Line } from "./line.ts";

/** What this node knows of the others. */
export interface Nodes {
  readonly devices: DevicesOfNodes;
  /** Says to the others that this node is there, and where. */
  announce(at: { readonly http: string }): void;
  stop(): Promise<void>;
}

export async function openNodes(
  { settings, logger }: Ground,
  { line: { shared }, mqtt }: { readonly line: Line; readonly mqtt: MqttServer },
): Promise<Nodes> {
  if (shared === undefined) {
    const devices = new DevicesOfNodes({ here: mqtt });
    return { devices, announce: () => {}, stop: () => devices.close() };
  }
  const { requests, node } = shared;
  const startedMs = systemClock.nowMs();
  const roles = [...settings.roles];
  let present: PresentNodes | undefined;
  const devices = new DevicesOfNodes({
    here: mqtt,
    others: { requests, node, edges: () => present?.having("edges") ?? [] },
  });
  await devices.answerOthers();
  return {
    devices,
    announce({ http }) {
      const self: NodeCard = { node, roles, version: VERSION, startedMs, http };
      present = new PresentNodes({ requests, clock: monotonicClock, logger, self });
      void present.start();
    },
    async stop() {
      present?.stop();
      await devices.close();
    },
  };
}
