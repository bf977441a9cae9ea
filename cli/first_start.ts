import {
  claimId,
  claimKind,
  type CommandContext,
  type CommandGateway,
  domainKind,
  type EventStore,
  InvariantViolation,
  isRejection,
  newId,
  type OpenSecrets,
  SYSTEM_AUTHORITY,
  userKind,
} from "../actors/mod.ts";
import { hashPassword } from "../protocols/mod.ts";
import type { DataFolder } from "./data_folder.ts";
import type { Settings } from "./flags.ts";
import { domainOfBoth, isNewToLog, keepDomain, oldestDomain } from "./log_of_folder.ts";

/** Bytes of a generated password, written as base64url. */
const PASSWORD_BYTES = 12;

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
  const userId = claim.status === "held" ? claim.holderId : newId();
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
  await executed(
    runtime.execute(userKind, {
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
    }),
  );
  return settings.adminPassword === undefined
    ? { domainId, generatedPassword: password }
    : { domainId };
}

/** The oldest domain of the log, or a new one. */
async function firstDomain(ground: FirstStartGround): Promise<string> {
  const { store, settings } = ground;
  const found = await oldestDomain(store);
  const domainId = settings.eventStore === "sqlite"
    ? found ?? newId()
    : await domainOfSharedLog(ground, found);
  return found === domainId ? found : await createDomain(ground, domainId);
}

/** A folder is bound to the log before it writes there, and only if their keys are the same. */
async function domainOfSharedLog(
  { folder, secrets, settings: { installationKey } }: FirstStartGround,
  found: string | undefined,
): Promise<string> {
  const domainId = domainOfBoth(folder, { found, installationKey }) ?? newId();
  if (isNewToLog(folder, found)) await secrets.sharing?.check();
  keepDomain(folder, domainId);
  await secrets.sharing?.publish();
  return domainId;
}

async function createDomain({ runtime }: FirstStartGround, domainId: string): Promise<string> {
  await executed(
    runtime.execute(domainKind, {
      id: domainId,
      command: {
        type: "CreateDomain",
        by: SYSTEM_AUTHORITY,
        domainId,
        profile: { name: "default" },
      },
      context: setupContext(),
    }),
  );
  return domainId;
}

async function executed(outcome: Promise<unknown>): Promise<void> {
  const result = await outcome;
  if (isRejection(result)) throw new InvariantViolation(`Cannot set up: ${result.message}`);
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
