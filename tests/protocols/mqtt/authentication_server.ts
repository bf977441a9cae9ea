import { ManualClock } from "../../../actors/mod.ts";
import { MqttServer } from "../../../protocols/mqtt/mod.ts";
import { Installation } from "./installation.ts";

/** A server in memory, closed when the test is over. */
export async function withServer(
  test: (
    it: {
      readonly server: MqttServer;
      readonly installation: Installation;
      readonly clock: ManualClock;
    },
  ) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  const installation = new Installation(clock);
  const server = new MqttServer(installation.ground);
  await test({ server, installation, clock });
  const closing = server.close({ timeoutMs: 0 });
  clock.advance(1_000);
  await closing;
}
