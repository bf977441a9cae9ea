import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  type EventStore,
  openPersons,
  type OpenSecrets,
  openSecrets,
  TransientError,
} from "../../../actors/mod.ts";
import { type Models, openModels } from "../../../projections/mod.ts";
import { openServed } from "../../actors/event_store/eventstoredb/opened.ts";
import { withNodes } from "../../actors/secrets/folders.ts";
import { closed, followed } from "../following.ts";
import { DOMAIN, TestLog, userCreated } from "../log.ts";

/** More users than one page of the log or one round of reads holds. */
const MANY = 600;

const personId = (n: number) => `a0000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const email = (n: number) => `person-${n}@example.com`;
const ANN = personId(1);
const BEN = personId(2);

/** One node of an installation, with its data folder. */
class Node {
  readonly folder: string;
  readonly #key: string;
  readonly #log: EventStore;

  constructor(folder: string, { key, log }: { readonly key: string; readonly log: EventStore }) {
    this.folder = folder;
    this.#key = key;
    this.#log = log;
  }

  /** Seals or erases, as the node's API does; with a log of its own it tells no other node. */
  async acts<T>(act: (secrets: OpenSecrets) => Promise<T>, options = { shared: true }): Promise<T> {
    const secrets = openSecrets(this.folder, {
      installationKey: this.#key,
      ...(options.shared ? { sharedLog: this.#log } : {}),
    });
    try {
      return await act(secrets);
    } finally {
      secrets.close();
    }
  }

  /** Follows to the end of the log, asks, and stops. */
  async seen<T>(ask: (models: Models) => T, events = this.#log): Promise<T> {
    const persons = openPersons(this.folder, { installationKey: this.#key, log: events });
    Deno.mkdirSync(`${this.folder}/projections`, { recursive: true });
    const models = openModels(`${this.folder}/projections`, {
      persons,
      erasures: persons,
      onAccess: () => {},
    });
    try {
      await followed(this.#log, models.followed);
      return ask(models);
    } finally {
      await closed(models);
      persons.close();
    }
  }

  emails(events?: EventStore): Promise<readonly unknown[]> {
    return this.seen(({ queries }) =>
      queries.directory.list("user", {
        filter: { domainId: DOMAIN },
        page: { order: "id", direction: "asc", offset: 0, limit: MANY },
      }).items.map(({ fields }) => fields["email"]), events);
  }

  forgetViews(): void {
    Deno.removeSync(`${this.folder}/projections`, { recursive: true });
  }

  forgetKeys(): void {
    for (const name of ["vault.db", "vault.db-wal", "vault.db-shm"]) {
      try {
        Deno.removeSync(`${this.folder}/${name}`);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }
}

interface Cluster {
  readonly log: TestLog;
  readonly one: Node;
  readonly two: Node;
  /** Another event after which every view moves on. */
  user(by: Node, n: number): Promise<void>;
}

async function withCluster(run: (cluster: Cluster) => Promise<void>): Promise<void> {
  const { store, close } = await openServed();
  const log = new TestLog(store);
  try {
    await withNodes(({ folders: [first, second], key }) =>
      run({
        log,
        one: new Node(first!, { key, log: store }),
        two: new Node(second!, { key, log: store }),
        user: (by, n) =>
          by.acts(async (secrets) => {
            const personal = await secrets.sealPersonal(personId(n), { email: email(n) });
            await log.record(
              `user-${personId(n)}`,
              userCreated({ userId: personId(n), emailHash: `hash ${n}`, personal }),
            );
          }),
      })
    );
  } finally {
    await close();
  }
}

Deno.test("persons: every node's directory shows whom another node made", () =>
  withCluster(async ({ one, two, user }) => {
    await user(one, 1);
    await user(two, 2);
    for (const node of [one, two]) assert.deepEqual(await node.emails(), [email(1), email(2)]);
    await user(one, 3);
    assert.deepEqual(await two.emails(), [email(1), email(2), email(3)]);
  }));

Deno.test("persons: come back whatever of a node was lost: views, keys, or both", () =>
  withCluster(async ({ one, two, user }) => {
    await user(one, 1);
    assert.deepEqual(await two.emails(), [email(1)]);
    two.forgetViews();
    assert.deepEqual(await two.emails(), [email(1)]);
    two.forgetKeys();
    await user(one, 2);
    assert.deepEqual(await two.emails(), [email(1), email(2)]);
    two.forgetKeys();
    two.forgetViews();
    assert.deepEqual(await two.emails(), [email(1), email(2)]);
  }));

Deno.test("persons: are shown by a node that finds many of them in the log at once", () =>
  withCluster(async ({ log, one, two }) => {
    await one.acts(async (secrets) => {
      await Promise.all(Array.from({ length: MANY }, async (_, n) => {
        const personal = await secrets.sealPersonal(personId(n), { email: email(n) });
        await log.record(
          `user-${personId(n)}`,
          userCreated({ userId: personId(n), emailHash: `hash ${n}`, personal }),
        );
      }));
    });
    assert.deepEqual(await two.emails(), Array.from({ length: MANY }, (_, n) => email(n)));
  }));

Deno.test("persons: of a log that was one node's are shown by others once their keys are published", () =>
  withCluster(async ({ log, one, two }) => {
    const personal = await one.acts(
      (secrets) => secrets.sealPersonal(ANN, { email: email(1) }),
      { shared: false },
    );
    await log.record(`user-${ANN}`, userCreated({ userId: ANN, personal }));
    await one.acts((secrets) => secrets.sharing!.publish());
    // The key stands behind the event that needs it.
    assert.deepEqual(await two.emails(), [email(1)]);
  }));

Deno.test("persons: a log that is away while a key is fetched makes nobody nameless", () =>
  withCluster(async ({ log, one, two, user }) => {
    await user(one, 1);
    let failing = 3;
    const flaky: EventStore = {
      ...log.store,
      readStream(...asked) {
        if (failing-- > 0) return Promise.reject(new TransientError("the server is away"));
        return log.store.readStream(...asked);
      },
    };
    assert.deepEqual(await two.emails(flaky), [email(1)]);
    assert.ok(failing < 0, "it failed before");
  }));

Deno.test("persons: one who was erased is shown by no node any more, at any instant", () =>
  withCluster(async ({ log, one, two, user }) => {
    await user(one, 1);
    await user(one, 2);
    const before = await log.store.lastPosition();
    for (const node of [one, two]) assert.deepEqual(await node.emails(), [email(1), email(2)]);
    await one.acts((secrets) => secrets.erasePerson(ANN));
    for (const node of [one, two]) {
      assert.deepEqual(await node.emails(), ["", email(2)]);
      const then = await node.seen(({ queries }) =>
        queries.directory.get("user", ANN, { position: before })
      );
      assert.deepEqual(
        [then?.fields["email"], then?.fields["name"], then?.fields["metadata"]],
        ["", "", {}],
      );
      assert.deepEqual(keysHeld(node), [BEN]);
    }
  }));

Deno.test("persons: one who was erased stays so, whatever of a node is rebuilt before a scavenge", () =>
  withCluster(async ({ log, one, two, user }) => {
    await user(one, 1);
    assert.deepEqual(await two.emails(), [email(1)]);
    await one.acts((secrets) => secrets.erasePerson(ANN));
    const { events } = await log.store.readAll({ after: 0, limit: 100 });
    assert.ok(events.some(({ type }) => type === "PersonKeyMade"), "nothing is scavenged yet");
    for (const forget of [() => two.forgetViews(), () => two.forgetKeys()]) {
      forget();
      assert.deepEqual(await two.emails(), [""]);
    }
    two.forgetKeys();
    two.forgetViews();
    assert.deepEqual(await two.emails(), [""]);
    assert.deepEqual(keysHeld(two), []);
  }));

Deno.test("persons: streams of keys are no part of anybody's history", () =>
  withCluster(async ({ one, two, user }) => {
    await user(one, 1);
    await one.acts((secrets) => secrets.erasePerson(ANN));
    await two.seen(({ queries }) => {
      const { lines } = queries.history.lines({
        domainId: DOMAIN,
        kind: "user",
        id: ANN,
        direction: "asc",
        limit: 10,
      });
      assert.deepEqual(lines.map(({ stream }) => stream), [`user-${ANN}`]);
    });
    const history = new DatabaseSync(`${two.folder}/projections/history-1.db`, { readOnly: true });
    const rows = history.prepare("SELECT DISTINCT stream FROM history").all();
    history.close();
    assert.deepEqual(rows.map(({ stream }) => stream), [`user-${ANN}`]);
  }));

/** Whose keys lie in the node's vault. */
function keysHeld({ folder }: Node): readonly unknown[] {
  const vault = new DatabaseSync(`${folder}/vault.db`, { readOnly: true });
  const rows = vault.prepare("SELECT user_id FROM personal_keys WHERE length(wrapped) > 0").all();
  vault.close();
  return rows.map(({ user_id }) => user_id);
}
