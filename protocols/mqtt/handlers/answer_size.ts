import { MqttError, ReasonCode, writeUnsuback } from "../codec/mod.ts";
import type { OpenSession } from "../open_session.ts";

/**
 * Throws MqttError where the client asks for more at once than it lets itself be told
 * [MQTT5-3.1.2-24]. A SUBACK and an UNSUBACK of as many codes are equally long.
 */
export function checkAnswerFits({ version, outbound }: OpenSession, codes: number): void {
  if (version === 4 || outbound.client.packetBytesMax === Infinity) return;
  const { length } = writeUnsuback(1, new Array(codes).fill(ReasonCode.success));
  if (length <= outbound.client.packetBytesMax) return;
  throw new MqttError(
    `Cannot answer for ${codes} filters: the client takes packets of ${outbound.client.packetBytesMax} bytes`,
    ReasonCode.packetTooLarge,
  );
}
