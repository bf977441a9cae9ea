import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ChannelCommand,
  type ClaimCommand,
  ConcurrencyConflict,
  type DomainCommand,
  EngineUnreachable,
  InvariantViolation,
  ProtocolError,
  StorageFull,
  SYSTEM_AUTHORITY,
  TerminalError,
  type ThingCommand,
  TransientError,
  UsageError,
  type UserCommand,
} from "../../../actors/mod.ts";
import {
  type CommandAnswer,
  decodeAnswer,
  decodeQuestion,
  encodeAnswer,
  encodeQuestion,
  failed,
  outcomeOf,
} from "../../../actors/nodes/command_wire.ts";
import { context } from "./cluster.ts";

const by = SYSTEM_AUTHORITY;
const profile = { name: "ä\ud800\u0000", metadata: { a: [null, 1.5e-9, {}] }, tags: ["x"] };
const key = { sealed: "c2VhbGVk", hash: "aGFzaA" };

/** One of each type: the compiler asks for those that are added. */
const THING: { readonly [T in ThingCommand["type"]]: ThingCommand & { type: T } } = {
  CreateThing: { type: "CreateThing", by, domainId: "d", profile, key },
  UpdateThing: { type: "UpdateThing", by, profile: {} },
  ChangeThingKey: { type: "ChangeThingKey", by, key },
  ChangeThingOwner: { type: "ChangeThingOwner", by, ownerId: "u" },
  EnableThing: { type: "EnableThing", by },
  DisableThing: { type: "DisableThing", by },
  ConnectThing: { type: "ConnectThing", by, channelId: "c", types: ["publish"] },
  DisconnectThing: { type: "DisconnectThing", by, channelId: "c" },
  ShareThing: { type: "ShareThing", by, userId: "u", policies: ["read", "write"] },
  UnshareThing: { type: "UnshareThing", by, userId: "u" },
  BindCertificate: { type: "BindCertificate", by, fingerprint: "ab" },
  UnbindCertificate: { type: "UnbindCertificate", by, fingerprint: "ab" },
  StartThingRecorder: { type: "StartThingRecorder", by, minutes: 5, payloads: true },
  RemoveThing: { type: "RemoveThing", by },
};

const CHANNEL: { readonly [T in ChannelCommand["type"]]: ChannelCommand & { type: T } } = {
  CreateChannel: { type: "CreateChannel", by, domainId: "d", profile, parentId: "p" },
  UpdateChannel: { type: "UpdateChannel", by, profile },
  ChangeChannelOwner: { type: "ChangeChannelOwner", by, ownerId: "u" },
  EnableChannel: { type: "EnableChannel", by },
  DisableChannel: { type: "DisableChannel", by },
  ShareChannel: { type: "ShareChannel", by, userId: "u", policies: [] },
  UnshareChannel: { type: "UnshareChannel", by, userId: "u" },
  RemoveChannel: { type: "RemoveChannel", by },
};

const USER: { readonly [T in UserCommand["type"]]: UserCommand & { type: T } } = {
  CreateUser: {
    type: "CreateUser",
    by,
    userId: "u",
    domainId: "d",
    role: "admin",
    emailHash: "h",
    passwordHash: "$argon2id$",
    personal: "p",
    tags: ["t"],
  },
  UpdateUser: { type: "UpdateUser", by, personal: "p" },
  ChangeUserEmail: { type: "ChangeUserEmail", by, emailHash: "h", personal: "p" },
  ChangeUserPassword: { type: "ChangeUserPassword", by, passwordHash: "h" },
  ChangeUserRole: { type: "ChangeUserRole", by, role: "user" },
  EnableUser: { type: "EnableUser", by },
  DisableUser: { type: "DisableUser", by },
  IssueApiKey: { type: "IssueApiKey", by, keyId: "k", issuedAtMs: 1, expiresAtMs: 2, label: "l" },
  RevokeApiKey: { type: "RevokeApiKey", by, keyId: "k" },
};

const DOMAIN: { readonly [T in DomainCommand["type"]]: DomainCommand & { type: T } } = {
  CreateDomain: { type: "CreateDomain", by, domainId: "d", profile },
  UpdateDomain: { type: "UpdateDomain", by, profile },
  LimitDomainSessionExpiry: { type: "LimitDomainSessionExpiry", by, seconds: 60 },
  EnableDomain: { type: "EnableDomain", by },
  DisableDomain: { type: "DisableDomain", by },
};

const CLAIM: { readonly [T in ClaimCommand["type"]]: ClaimCommand & { type: T } } = {
  Claim: { type: "Claim", domainId: "d", holderId: "h", orphanOf: "o" },
  ReleaseClaim: { type: "ReleaseClaim", holderId: "h" },
};

Deno.test("command wire: brings every command over as it was", () => {
  const kinds = { thing: THING, channel: CHANNEL, user: USER, domain: DOMAIN, claim: CLAIM };
  for (const [kind, commands] of Object.entries(kinds)) {
    for (const command of Object.values(commands)) {
      const question = { kind, id: "some-id", command, context: context() };
      const bytes = encodeQuestion(question);
      assert.ok(bytes instanceof Uint8Array);
      assert.deepEqual(decodeQuestion(bytes), question);
    }
  }
});

Deno.test("command wire: brings every answer over as it was", () => {
  const rejection = { rejected: true, code: "invalid", message: "Cannot", field: "name" } as const;
  const executed = { revision: 3, position: 2 ** 50, repeated: true };
  const answers: readonly CommandAnswer[] = [
    { is: "executed", executed },
    { is: "rejected", rejection },
    { is: "elsewhere" },
  ];
  const outcomes = answers.map((answer) => outcomeOf(decodeAnswer(encodeAnswer(answer))));
  assert.deepEqual(outcomes, [executed, rejection, undefined]);
});

Deno.test("command wire: throws an error in the class that it had", () => {
  const classes = [
    ConcurrencyConflict,
    EngineUnreachable,
    InvariantViolation,
    ProtocolError,
    StorageFull,
    TerminalError,
    TransientError,
    UsageError,
  ];
  for (const thrown of classes) {
    const answer = decodeAnswer(encodeAnswer(failed(new thrown("Cannot do it"))));
    assert.throws(() => outcomeOf(answer), (error: Error) => {
      assert.deepEqual([error.constructor, error.message], [thrown, "Cannot do it"]);
      return true;
    });
  }
  for (const foreign of [new TypeError("x is not a function"), "text"]) {
    assert.throws(() => outcomeOf(decodeAnswer(encodeAnswer(failed(foreign)))), InvariantViolation);
  }
});

Deno.test("command wire: whatever else arrives gives nothing but ProtocolError", () => {
  const onlyProtocolErrors = (read: (bytes: Uint8Array) => unknown) => (bytes: Uint8Array) => {
    try {
      read(bytes);
    } catch (error) {
      assert.ok(error instanceof ProtocolError, String(error));
    }
  };
  const texts = fc.oneof(fc.json(), fc.string()).map((text) => new TextEncoder().encode(text));
  const anything = fc.oneof(fc.uint8Array({ maxLength: 100 }), texts);
  for (const read of [decodeQuestion, decodeAnswer]) {
    fc.assert(fc.property(anything, onlyProtocolErrors(read)));
  }
  for (const text of ["", "null", "[]", "{}", '{"is":"maybe"}', '{"kind":"thing","id":7}']) {
    const bytes = new TextEncoder().encode(text);
    assert.throws(() => decodeAnswer(bytes), ProtocolError);
    assert.throws(() => decodeQuestion(bytes), ProtocolError);
  }
});
