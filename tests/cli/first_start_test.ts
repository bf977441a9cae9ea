import assert from "node:assert/strict";
import {
  ActorRuntime,
  type EventStore,
  ManualClock,
  newId,
  openInlineEventStore,
  type OpenSecrets,
  openSecrets,
  READ_LIMIT_MAX,
  type RecordedEvent,
  silentLogger,
  TerminalError,
  verifyStream,
} from "../../actors/mod.ts";
import {
  type DataFolder,
  ensureInstallation,
  type Installation,
  readSettings,
  takeDataFolder,
} from "../../cli/mod.ts";
import { passwordMatches } from "../../protocols/http/auth/mod.ts";
import { withFolder } from "../e2e/program.ts";

const EMAIL = "admin@example.com";

interface Site {
  readonly folder: DataFolder;
  readonly secrets: OpenSecrets;
  /** One start with these flags; the store dies at its append number `diesAt`. */
  start(args?: readonly string[], diesAt?: number): Promise<Installation>;
  events(): Promise<readonly RecordedEvent[]>;
}

async function withSite(run: (site: Site) => Promise<void>): Promise<void> {
  await withFolder(async (path) => {
    const folder = takeDataFolder(path);
    const secrets = openSecrets(path);
    const log = openInlineEventStore({ path: ":memory:" });
    await run({
      folder,
      secrets,
      async start(args = [], diesAt = Infinity) {
        const store = dying(log, diesAt);
        const clock = new ManualClock();
        const runtime = new ActorRuntime({ store, clock, logger: silentLogger, newId });
        const settings = readSettings(args, { env: () => undefined, isTerminal: false });
        try {
          return await ensureInstallation({ store, runtime, secrets, folder, settings, clock });
        } finally {
          runtime.close();
        }
      },
      async events() {
        const { events } = await log.readAll({ after: 0, limit: READ_LIMIT_MAX });
        return events;
      },
    });
    await log.close();
    secrets.close();
    folder.release();
  });
}

/** A log whose process is killed at its append number `diesAt`: that one is not carried out. */
function dying(log: EventStore, diesAt: number): EventStore {
  let appends = 0;
  return {
    ...log,
    append(...append) {
      if (++appends >= diesAt) return Promise.reject(new TerminalError("killed"));
      return log.append(...append);
    },
  };
}

function typesOf(events: readonly RecordedEvent[]): readonly string[] {
  return events.map(({ type }) => type);
}

async function signsIn(site: Site, password: string): Promise<boolean> {
  const created = (await site.events()).filter(({ type }) => type === "UserCreated");
  assert.equal(created.length, 1, "there is one administrator");
  const { passwordHash, role } = created[0]!.data as { passwordHash: string; role: string };
  assert.equal(role, "admin");
  return await passwordMatches(password, passwordHash);
}

Deno.test("first start: makes a domain and an administrator, whose password is shown once and kept", async () => {
  await withSite(async (site) => {
    const { domainId, generatedPassword } = await site.start();
    assert.ok(generatedPassword !== undefined && generatedPassword.length >= 12);
    assert.equal(site.folder.readSecret("admin-password"), generatedPassword);
    const { mode } = Deno.statSync(`${site.folder.path}/admin-password`);
    assert.equal(mode! & 0o777, 0o600);
    assert.ok(await signsIn(site, generatedPassword));
    const events = await site.events();
    const [domain] = events.filter(({ type }) => type === "DomainCreated");
    assert.equal(domain?.stream, `domain-${domainId}`);
    for (const { metadata } of events) assert.equal(metadata.domainId, domainId);
  });
});

Deno.test("first start: another installation gets another password", async () => {
  const passwords = new Set<string | undefined>();
  for (let n = 0; n < 3; n++) {
    await withSite(async (site) => {
      passwords.add((await site.start()).generatedPassword);
    });
  }
  assert.equal(passwords.size, 3);
});

Deno.test("first start: the starts after it write nothing and show no password", async () => {
  await withSite(async (site) => {
    const { domainId } = await site.start();
    const before = await site.events();
    assert.deepEqual(await site.start(), { domainId });
    assert.deepEqual(await site.start(["--admin-password", "another one"]), { domainId });
    assert.deepEqual(await site.start(["--admin-email", EMAIL.toUpperCase()]), { domainId });
    assert.deepEqual(await site.events(), before);
  });
});

Deno.test("first start: a password that was given is taken, and neither shown nor kept", async () => {
  await withSite(async (site) => {
    const { generatedPassword } = await site.start(["--admin-password", "given by me"]);
    assert.equal(generatedPassword, undefined);
    assert.equal(site.folder.readSecret("admin-password"), undefined);
    assert.ok(await signsIn(site, "given by me"));
  });
});

Deno.test("first start: cut off at any append, the next start completes it with the password it kept", async () => {
  for (let diesAt = 1;; diesAt++) {
    let cutOff = true;
    await withSite(async (site) => {
      const { folder } = site;
      const first = await site.start([], diesAt).catch((error: unknown) => {
        assert.ok(error instanceof TerminalError);
        return undefined;
      });
      cutOff = first === undefined;
      const kept = folder.readSecret("admin-password");
      const again = await site.start();
      const password = folder.readSecret("admin-password");
      assert.ok(password !== undefined && await signsIn(site, password));
      if (kept !== undefined) assert.equal(password, kept);
      if (cutOff) assert.equal(again.generatedPassword, password, "it is shown at last");
      const types = typesOf(await site.events());
      assert.equal(types.filter((type) => type === "DomainCreated").length, 1);
      assert.equal(types.filter((type) => type === "Claimed").length, 1);
    });
    if (!cutOff) return assert.ok(diesAt > 3, "three appends were cut off");
  }
});

Deno.test("first start: nothing of the administrator stands in the log in clear, and every event says who", async () => {
  await withSite(async (site) => {
    const { generatedPassword } = await site.start(["--admin-email", "Ann@Example.com"]);
    const events = await site.events();
    const text = JSON.stringify(events).toLowerCase();
    assert.ok(!text.includes("ann@example.com"));
    assert.ok(!text.includes(generatedPassword!.toLowerCase()));
    for (const { stream, metadata } of events) {
      assert.deepEqual(metadata.principal, { kind: "system", id: "setup" }, stream);
      assert.deepEqual([metadata.edge, metadata.remoteAddress], ["system", "local"]);
      assert.ok(metadata.causationId !== "" && metadata.correlationId !== "");
    }
    for (const stream of new Set(events.map((event) => event.stream))) {
      const chain = verifyStream(events.filter((event) => event.stream === stream));
      assert.ok(!("what" in chain), stream);
    }
    const created = events.find(({ type }) => type === "UserCreated")!;
    const userId = created.stream.slice("user-".length);
    const { personal } = created.data as { personal: string };
    assert.equal(site.secrets.openPersonal(userId, personal)?.email, "ann@example.com");
  });
});
