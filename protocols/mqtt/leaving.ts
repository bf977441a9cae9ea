import { writeDisconnect } from "./codec/mod.ts";
import type { Ending } from "./ending.ts";
import { publishWill } from "./handlers/mod.ts";
import { REASON_LENGTH_MAX } from "./limits.ts";
import type { OpenSession } from "./open_session.ts";

/** The last packet to a client that can hear why [MQTT5-4.13.1-1]; MQTT 3.1.1 can only close. */
export function sayWhy(
  { version, out, outbound }: OpenSession,
  { reason, reasonCode }: Ending & { readonly reason: string },
): void {
  if (version !== 5 || reasonCode === undefined) return;
  out.append(writeDisconnect(reasonCode, {
    reasonString: reason.slice(0, REASON_LENGTH_MAX),
    bytesMax: outbound.client.packetBytesMax,
  }));
  out.seal();
}

/**
 * Stores what the client must find again, or that there is nothing: a session lasts at least as long
 * as its connection [MQTT-4.1.0-1] [MQTT-4.1.0-2] [MQTT5-4.1.0-1]. Never rejects.
 */
export async function leave(
  { keeper, ground, clientId }: OpenSession,
  reason: string,
): Promise<void> {
  if (keeper === undefined) return;
  try {
    if (keeper.expirySeconds > 0) await keeper.leave();
    else await keeper.discard(reason);
  } catch (error) {
    ground.logger.error("session not kept", { clientId, error: String(error) });
  }
}

/** Publishes the will, at once or when its delay is over [MQTT-3.1.2-8] [MQTT5-3.1.2-8]. */
export function bequeath(open: OpenSession): void {
  const { will, keeper, ground, thingId, clientId, identity: { origin } } = open;
  const { willDelayInterval = 0 } = will?.properties ?? {};
  const delaySeconds = Math.min(willDelayInterval, keeper?.expirySeconds ?? 0);
  if (delaySeconds === 0) return publishWill(open);
  const delayMs = delaySeconds * 1_000;
  const key = { thingId, clientId };
  ground.delayedWills.add(key, {
    delayMs,
    publish() {
      publishWill(open);
      ground.clients?.release(key, origin.sessionId);
    },
  });
}
