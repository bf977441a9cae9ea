import assert from "node:assert/strict";
import { ManualClock, ProtocolError } from "../../../../actors/mod.ts";
import { behindProxy } from "../../../../protocols/mqtt/transports/proxied.ts";
import { MemoryStream } from "../memory_stream.ts";
import { quiet } from "../test_client.ts";

const HEADER = new TextEncoder().encode("PROXY TCP4 192.0.2.7 198.51.100.1 50000 1883\r\n");

Deno.test("behind a proxy: the header is taken off, and what follows is read in order", async () => {
  const stream = new MemoryStream();
  stream.push(new Uint8Array([...HEADER, 1, 2, 3]));
  stream.push(new Uint8Array([4]));
  const { stream: following, source } = await behindProxy(stream, new ManualClock());
  assert.deepEqual(source, { hostname: "192.0.2.7", port: 50_000 });
  const read: number[] = [];
  const into = new Uint8Array(2);
  for (let n = 0; n < 3; n++) {
    const count = await following.read(into);
    read.push(...into.subarray(0, count!));
  }
  assert.deepEqual(read, [1, 2, 3, 4]);
  assert.equal(await following.write(new Uint8Array([9])), 1);
  assert.deepEqual(stream.written(), new Uint8Array([9]));
  following.close();
  assert.ok(stream.isClosed);
});

Deno.test("behind a proxy: a header that is not whole within 5 s closes the connection", async () => {
  const clock = new ManualClock();
  const stream = new MemoryStream();
  stream.push(HEADER.subarray(0, 10));
  const taken = assert.rejects(behindProxy(stream, clock), (error) => {
    assert.ok(error instanceof ProtocolError);
    assert.match(error.message, /no PROXY header within 5000 ms/);
    return true;
  });
  await quiet();
  clock.advance(4_999);
  await quiet();
  assert.equal(stream.isClosed, false);
  clock.advance(1);
  await taken;
  assert.ok(stream.isClosed);
});
