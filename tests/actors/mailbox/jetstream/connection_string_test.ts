import assert from "node:assert/strict";
import {
  hostsOf,
  readConnectionString,
} from "../../../../actors/mailbox/jetstream/connection_string.ts";
import { MAILBOX_BYTES_DEFAULT } from "../../../../actors/mailbox/jetstream/limits.ts";
import { UsageError } from "../../../../actors/mod.ts";

const PLAIN = {
  servers: ["node1:4222"],
  tls: false,
  replicas: 1,
  prefix: "millrace",
  maxBytes: MAILBOX_BYTES_DEFAULT,
};

Deno.test("jetstream connection string: reads hosts, credentials, TLS and settings", () => {
  assert.deepEqual(readConnectionString("nats://node1:4222"), PLAIN);
  assert.deepEqual(
    readConnectionString(
      "tls://u%40x:p%3Aw:d@node1:4222,node2,[::1]:4223/?replicas=3&prefix=p-1&maxBytes=20000000&caFile=/ca.pem&certFile=/c.pem&keyFile=/k.pem",
    ),
    {
      servers: ["node1:4222", "node2", "[::1]:4223"],
      tls: true,
      user: "u@x",
      password: "p:w:d",
      replicas: 3,
      prefix: "p-1",
      maxBytes: 20_000_000,
      caFile: "/ca.pem",
      certFile: "/c.pem",
      keyFile: "/k.pem",
    },
  );
  assert.deepEqual(readConnectionString("nats://token@node1:4222"), { ...PLAIN, token: "token" });
  const creds = readConnectionString("nats://node1:4222?credsFile=/node.creds");
  assert.deepEqual(creds, { ...PLAIN, credsFile: "/node.creds" });
});

Deno.test("jetstream connection string: refuses what it does not understand, and repeats no secret", () => {
  const bad = [
    "",
    "nats://",
    "http://node1:4222",
    "nats://u:secret@",
    "nats://u:se@cret@node1:4222",
    "nats://u:secret@node 1",
    "nats://u:%secret@node1",
    "nats://u:secret@node1?replicas=2",
    "nats://u:secret@node1?prefix=a.b",
    "nats://u:secret@node1?maxBytes=1e9",
    "nats://u:secret@node1?maxBytes=1000",
    "nats://u:secret@node1?replica=3",
  ];
  for (const text of bad) {
    assert.throws(() => readConnectionString(text), (error) => {
      assert.ok(error instanceof UsageError, text);
      assert.ok(!/secret|se@cret/.test(Deno.inspect(error)), error.message);
      return true;
    });
  }
});

Deno.test("jetstream connection string: shows the hosts alone", () => {
  assert.equal(hostsOf("tls://u:p@node1:4222,node2/?replicas=3"), "node1:4222,node2");
});
