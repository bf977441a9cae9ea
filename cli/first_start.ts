import {
  claimId,
  claimKind,
  type Clock,
  type CommandContext,
  type CommandGateway,
  derivedId,
  domainKind,
  EngineUnreachable,
  type EventStore,
  InvariantViolation,
  isRejection,
  newId,
  type OpenSecrets,
  type Rejection,
  SYSTEM_AUTHORITY,
  userKind,
} from "../actors/mod.ts";
import { hashPassword } from "../protocols/mod.ts";
import type { DataFolder } from "./data_folder.ts";
import type { Settings } from "./flags.ts";
import { domainOfBoth, isNewToLog, keepDomain, oldestDomain } from "./log_of_folder.ts";

/** Bytes of a generated password, written as base64url. */
const PASSWORD_BYTES = 12;
/** How long a node waits for another one to make the installation, and how often it looks. */
const JOIN_MS_MAX = 60_000;
const JOIN_LOOK_MS = 250;

export interface Installation {
  /** The domain that everything belongs to which names no other. */
  readonly domainId: string;
  /** Only at the first start, and only if it was made up then: shown once. */
  readonly generatedPassword?: string;
}

interface FirstStartGround {
  readonly store: EventStore;
  readonly runtime: CommandGateway;
  readonly secrets: Pick<OpenSecrets, "hashEmail" | "sealPersonal" | "sharing">;
  readonly folder: DataFolder;
  readonly settings: Settings;
  readonly clock: Clock;
}

/**
 * Makes the first domain and its administrator where there is none. Every step may be repeated: a
 * start that was cut off between two of them is completed by the next one.
 */
export async function ensureInstallation(ground: FirstStartGround): Promise<Installation> {
  const domainId = await firstDomain(ground);
  const { secrets, settings, runtime } = ground;
  const emailHash = secrets.hashEmail(settings.adminEmail);
  const claim = await runtime.inspect(claimKind, claimId("email", emailHash));
  // Nodes that start together come to the same one.
  const ownId = isShared(settings) ? derivedId(`administrator ${emailHash}`) : newId();
  const userId = claim.status === "held" ? claim.holderId : ownId;
  const admin = await runtime.inspect(userKind, userId);
  if (admin.status !== "absent") return { domainId };
  const kept = ground.folder.readSecret("admin-password");
  const password = settings.adminPassword ?? kept ?? generatedPassword();
  if (settings.adminPassword === undefined) ground.folder.writeSecret("admin-password", password);
  await executed(
    runtime.execute(claimKind, {
      id: claimId("email", emailHash),
      command: { type: "Claim", domainId, holderId: userId },
      context: setupContext(),
    }),
  );
  const created = await runtime.execute(userKind, {
    id: userId,
    command: {
      type: "CreateUser",
      by: SYSTEM_AUTHORITY,
      userId,
      domainId,
      role: "admin",
      emailHash,
      passwordHash: await hashPassword(password),
      personal: await secrets.sealPersonal(userId, { email: settings.adminEmail }),
    },
    context: setupContext(),
  });
  if (isRejection(created)) {
    // Another node was faster: its password counts.
    if ((await runtime.inspect(userKind, userId)).status === "absent") throw notSetUp(created);
    if (settings.adminPassword === undefined) ground.folder.removeSecret("admin-password");
    return { domainId };
  }
  return settings.adminPassword === undefined
    ? { domainId, generatedPassword: password }
    : { domainId };
}

/** For a node that only joins: waits until another one has made the installation. */
export async function joinInstallation(ground: FirstStartGround): Promise<Installation> {
  const { store, clock } = ground;
  for (let waitedMs = 0; waitedMs <= JOIN_MS_MAX; waitedMs += JOIN_LOOK_MS) {
    const found = await oldestDomain(store);
    if (found !== undefined) return { domainId: await domainOfSharedLog(ground, found) };
    await new Promise<void>((resolve) => clock.schedule(JOIN_LOOK_MS, resolve));
  }
  throw new EngineUnreachable(
    `Cannot join the installation: the log holds none after ${
      JOIN_MS_MAX / 1_000
    } s, a process of role 'api' makes it`,
  );
}

function isShared({ eventStore }: Pick<Settings, "eventStore">): boolean {
  return eventStore !== "sqlite";
}

/** The oldest domain of the log, or a new one. */
async function firstDomain(ground: FirstStartGround): Promise<string> {
  const { store, settings } = ground;
  const found = await oldestDomain(store);
  const domainId = isShared(settings) ? await domainOfSharedLog(ground, found) : found ?? newId();
  return found === domainId ? found : await createDomain(ground, domainId);
}

/** A folder is bound to the log before it writes there, and only if their keys are the same. */
async function domainOfSharedLog(
  { folder, secrets, settings: { installationKey } }: FirstStartGround,
  found: string | undefined,
): Promise<string> {
  // Of the key alone, so that nodes that start together come to the same one.
  const ownId = derivedId(`domain ${secrets.hashEmail("the first domain")}`);
  const domainId = domainOfBoth(folder, { found, installationKey }) ?? ownId;
  if (isNewToLog(folder, found)) await secrets.sharing?.check();
  keepDomain(folder, domainId);
  await secrets.sharing?.publish();
  return domainId;
}

async function createDomain({ runtime }: FirstStartGround, domainId: string): Promise<string> {
  const created = await runtime.execute(domainKind, {
    id: domainId,
    command: {
      type: "CreateDomain",
      by: SYSTEM_AUTHORITY,
      domainId,
      profile: { name: "default" },
    },
    context: setupContext(),
  });
  if (!isRejection(created)) return domainId;
  // Another node was faster.
  if ((await runtime.inspect(domainKind, domainId)).status === "absent") throw notSetUp(created);
  return domainId;
}

async function executed(outcome: Promise<unknown>): Promise<void> {
  const result = await outcome;
  if (isRejection(result)) throw notSetUp(result);
}

function notSetUp({ message }: Rejection): InvariantViolation {
  return new InvariantViolation(`Cannot set up: ${message}`);
}

function setupContext(): CommandContext {
  return {
    commandId: newId(),
    correlationId: newId(),
    principal: { kind: "system", id: "setup" },
    edge: "system",
    remoteAddress: "local",
  };
}

function generatedPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}
