import assert from "node:assert/strict";
import { type Lease, pause, TransientError } from "../../../../actors/mod.ts";
import { leasesContract } from "../../nodes/leases_contract.ts";
import { cutLineTo } from "../../../support/nats_server/cut_line.ts";
import { inInstallation, startInstallation } from "./nodes.ts";

leasesContract("leases at NATS", async () => {
  const installation = await startInstallation();
  const [one, other] = [await installation.open(), await installation.open()];
  return { nodes: [one.leases, other.leases], close: () => installation.close() };
});

Deno.test("leases at NATS: a node hears what was written while its line was down, and knows of no write then", () =>
  inInstallation(async ({ server, open }) => {
    const line = cutLineTo(server.port);
    const away = await open({ port: line.port });
    const { leases } = await open();
    const first = await leases.write({ partition: 5, node: "a" }, { revision: 0 });
    const seen: Lease[] = [];
    const heard = Promise.withResolvers<void>();
    await away.leases.watch((lease) => {
      seen.push(lease);
      heard.resolve();
    });
    line.cut();
    while ((await away.status()).state === "up") await pause(10);
    await assert.rejects(
      away.leases.write({ partition: 6, node: "b" }, { revision: 0 }),
      TransientError,
    );
    const second = await leases.write({ partition: 5, node: "c" }, first!);
    line.mend();
    await heard.promise;
    assert.deepEqual(seen, [second]);
    await away.close();
    await line.close();
  }));

Deno.test("leases at NATS: survive a crash of the server", () =>
  inInstallation(async ({ server, open }) => {
    const { leases } = await open();
    const lease = await leases.write({ partition: 5, node: "a" }, { revision: 0 });
    await server.kill();
    await server.start();
    let all: readonly Lease[] = [];
    while (all.length === 0) {
      await pause(20);
      all = await leases.all().catch((error: unknown) => {
        assert.ok(error instanceof TransientError, String(error));
        return [];
      });
    }
    assert.deepEqual(all, [lease]);
  }));
