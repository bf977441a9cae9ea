import assert from "node:assert/strict";
import { EngineUnreachable, TerminalError, UsageError } from "../../actors/mod.ts";
import { authorityOf, listenError } from "../../protocols/listening.ts";

/** What the edge would throw that cannot listen there. */
function refusal(hostname: string, port: number): unknown {
  try {
    Deno.listen({ hostname, port }).close();
  } catch (cause) {
    return listenError(cause, { hostname, port, portFlag: "--mqtt-port" });
  }
  return assert.fail(`${hostname}:${port} can be listened on`);
}

function assertNamed(
  error: unknown,
  kind: typeof UsageError | typeof EngineUnreachable,
  said: RegExp,
) {
  assert.ok(error instanceof kind, String(error));
  assert.match(error.message, said);
  assert.ok(error.cause instanceof Error);
}

Deno.test("listening: a port that is taken is named with its flag", () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  assertNamed(
    refusal("127.0.0.1", port),
    EngineUnreachable,
    new RegExp(`127\\.0\\.0\\.1:${port}: the port is taken, choose another --mqtt-port`),
  );
  taken.close();
});

Deno.test("listening: an address of another machine, and a name of none, are named with --host", () => {
  // TEST-NET-3 of RFC 5737, and the name of RFC 6761 that never resolves.
  for (const host of ["203.0.113.7", "nobody.invalid"]) {
    const said = new RegExp(`--host '${host}': it must be an address of this machine`);
    assertNamed(refusal(host, 0), UsageError, said);
  }
});

Deno.test("listening: what is not about host or port is passed on as it is", () => {
  const cause = new TerminalError("something else");
  const endpoint = { hostname: "127.0.0.1", port: 1, portFlag: "--http-port" };
  assert.equal(listenError(cause, endpoint), cause);
  const denied = listenError(new Deno.errors.PermissionDenied("no"), endpoint);
  assertNamed(denied, EngineUnreachable, /127\.0\.0\.1:1: .* choose a --http-port above 1023/);
});

Deno.test("listening: an IPv6 address stands in brackets, so that its port can be told", () => {
  for (const [hostname, written] of [["::1", "[::1]:80"], ["127.0.0.1", "127.0.0.1:80"]] as const) {
    const authority = authorityOf({ hostname, port: 80 });
    assert.equal(authority, written);
    assert.equal(new URL(`mqtt://${authority}`).port, "80");
  }
});
