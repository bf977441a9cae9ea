import assert from "node:assert/strict";
import { InvariantViolation } from "../../../actors/errors.ts";
import {
  API_KEY_LABEL_LENGTH_MAX,
  API_KEYS_PER_USER_MAX,
  PERSONAL_LENGTH_MAX,
  type UserCommand,
  type UserEvent,
  userKind,
} from "../../../actors/user/mod.ts";
import { fold, given } from "../../given.ts";
import { ADMIN, OWNER, STRANGER, SYSTEM } from "../authorities.ts";

const { decider } = userKind;
/** The user of these tests is `owner`: it acts on itself. */
const FIELDS = {
  userId: "owner",
  domainId: "d1",
  role: "user",
  emailHash: "email-1",
  passwordHash: "password-1",
  personal: "sealed-1",
  tags: [],
} as const;

const CREATED: UserEvent = { type: "UserCreated", data: FIELDS };
const DISABLED: UserEvent = { type: "UserDisabled", data: {} };
const CREATE: UserCommand = { type: "CreateUser", by: SYSTEM, ...FIELDS };
const ISSUE = { type: "IssueApiKey", by: OWNER, keyId: "k", issuedAtMs: 1_000 } as const;

function issued(keyId: string, expiresAtMs?: number): UserEvent {
  const data = { keyId, issuedAtMs: 500 };
  return {
    type: "ApiKeyIssued",
    data: expiresAtMs === undefined ? data : { ...data, expiresAtMs },
  };
}

Deno.test("user: is created by the platform, by an admin and by itself", () => {
  for (const by of [SYSTEM, ADMIN, OWNER]) {
    given(decider, []).when({ ...CREATE, by }).then([CREATED]);
  }
});

Deno.test("user: is not created by another user, nor as an admin by itself", () => {
  given(decider, []).when({ ...CREATE, by: STRANGER }).then({ rejected: "forbidden" });
  given(decider, []).when({ ...CREATE, by: OWNER, role: "admin" }).then({ rejected: "forbidden" });
  given(decider, []).when({ ...CREATE, by: ADMIN, role: "admin" })
    .then([{ type: "UserCreated", data: { ...FIELDS, role: "admin" } }]);
});

Deno.test("user: is not created twice, and not found before its creation", () => {
  given(decider, [CREATED]).when(CREATE).then({ rejected: "conflict", field: "id" });
  given(decider, []).when({ type: "EnableUser", by: ADMIN }).then({ rejected: "not_found" });
});

Deno.test("user: changes itself and is changed by an admin, but not by another user", () => {
  const change = { type: "ChangeUserPassword", passwordHash: "password-2" } as const;
  const changed: UserEvent = { type: "UserPasswordChanged", data: { passwordHash: "password-2" } };
  for (const by of [OWNER, ADMIN, SYSTEM]) {
    given(decider, [CREATED]).when({ ...change, by }).then([changed]);
  }
  given(decider, [CREATED]).when({ ...change, by: STRANGER }).then({ rejected: "forbidden" });
});

Deno.test("user: leaves role and status to admins, even its own", () => {
  const commands = [
    { type: "ChangeUserRole", role: "admin" },
    { type: "EnableUser" },
    { type: "DisableUser" },
  ] as const;
  for (const command of commands) {
    given(decider, [CREATED]).when({ ...command, by: OWNER }).then({ rejected: "forbidden" });
  }
  given(decider, [CREATED]).when({ type: "ChangeUserRole", by: ADMIN, role: "admin" })
    .then([{ type: "UserRoleChanged", data: { role: "admin" } }]);
  given(decider, [CREATED]).when({ type: "DisableUser", by: ADMIN }).then([DISABLED]);
});

Deno.test("user: does nothing on its own behalf while it is disabled", () => {
  given(decider, [CREATED, DISABLED]).when(ISSUE).then({ rejected: "forbidden" });
  given(decider, [CREATED, DISABLED]).when({ type: "EnableUser", by: ADMIN })
    .then([{ type: "UserEnabled", data: {} }]);
});

Deno.test("user: a command that would change nothing gives no events", () => {
  const commands: UserCommand[] = [
    { type: "UpdateUser", by: ADMIN },
    { type: "ChangeUserEmail", by: ADMIN, emailHash: "email-1", personal: "sealed-2" },
    { type: "ChangeUserPassword", by: ADMIN, passwordHash: "password-1" },
    { type: "ChangeUserRole", by: ADMIN, role: "user" },
    { type: "EnableUser", by: ADMIN },
    { type: "RevokeApiKey", by: ADMIN, keyId: "constructor" },
  ];
  for (const command of commands) given(decider, [CREATED]).when(command).then([]);
  given(decider, [CREATED, DISABLED]).when({ type: "DisableUser", by: ADMIN }).then([]);
});

Deno.test("user: an update holds only the fields that were given", () => {
  given(decider, [CREATED]).when({ type: "UpdateUser", by: OWNER, tags: ["a"] })
    .then([{ type: "UserUpdated", data: { tags: ["a"] } }]);
  given(decider, [CREATED]).when({ type: "UpdateUser", by: OWNER, personal: "sealed-2" })
    .then([{ type: "UserUpdated", data: { personal: "sealed-2" } }]);
});

Deno.test("user: refuses more personal text and more tags than the limits", () => {
  const personal = "x".repeat(PERSONAL_LENGTH_MAX + 1);
  const tags = Array.from({ length: 65 }, () => "t");
  given(decider, []).when({ ...CREATE, personal }).then({ rejected: "invalid" });
  given(decider, []).when({ ...CREATE, tags }).then({ rejected: "invalid", field: "tags" });
  given(decider, [CREATED]).when({ type: "UpdateUser", by: OWNER, personal })
    .then({ rejected: "invalid" });
  given(decider, [CREATED])
    .when({ type: "ChangeUserEmail", by: OWNER, emailHash: "email-2", personal })
    .then({ rejected: "invalid" });
});

Deno.test("user: its new address comes with the personal fields that hold it", () => {
  const data = { emailHash: "email-2", personal: "sealed-2" };
  given(decider, [CREATED]).when({ type: "ChangeUserEmail", by: OWNER, ...data })
    .then([{ type: "UserEmailChanged", data }]);
});

Deno.test("user: issues a key for ever or for a time, and revokes it once", () => {
  given(decider, [CREATED]).when(ISSUE)
    .then([{ type: "ApiKeyIssued", data: { keyId: "k", issuedAtMs: 1_000 } }]);
  given(decider, [CREATED]).when({ ...ISSUE, expiresAtMs: 1_001, label: "ci" }).then([{
    type: "ApiKeyIssued",
    data: { keyId: "k", issuedAtMs: 1_000, expiresAtMs: 1_001, label: "ci" },
  }]);
  const revoked: UserEvent = { type: "ApiKeyRevoked", data: { keyId: "k" } };
  const revoke: UserCommand = { type: "RevokeApiKey", by: OWNER, keyId: "k" };
  given(decider, [CREATED, issued("k")]).when(revoke).then([revoked]);
  given(decider, [CREATED, issued("k"), revoked]).when(revoke).then([]);
});

Deno.test("user: refuses a key that is known, expired at once, or labelled at too great length", () => {
  given(decider, [CREATED, issued("k")]).when(ISSUE).then({ rejected: "conflict", field: "id" });
  for (const expiresAtMs of [1_000, 0, 1_000.5, NaN, Infinity]) {
    given(decider, [CREATED]).when({ ...ISSUE, expiresAtMs })
      .then({ rejected: "invalid", field: "expires_at" });
  }
  given(decider, [CREATED]).when({ ...ISSUE, label: "x".repeat(API_KEY_LABEL_LENGTH_MAX + 1) })
    .then({ rejected: "invalid", field: "label" });
});

Deno.test("user: holds a bounded number of keys, of which expired ones are none", () => {
  const full: UserEvent[] = [CREATED];
  for (let i = 1; i < API_KEYS_PER_USER_MAX; i++) full.push(issued(`k${i}`));
  given(decider, [...full, issued("last")]).when(ISSUE).then({ rejected: "invalid" });
  given(decider, [...full, issued("last", 1_001)]).when(ISSUE).then({ rejected: "invalid" });
  const key: UserEvent = { type: "ApiKeyIssued", data: { keyId: "k", issuedAtMs: 1_000 } };
  given(decider, [...full, issued("last", 1_000)]).when(ISSUE).then([key]);
  const state = fold(decider, [...full, issued("last", 1_000), key]);
  assert.equal(state.status === "enabled" && Object.keys(state.apiKeys).length, 100);
});

Deno.test("user: its fold knows role, address and password as they are now", () => {
  const state = fold(decider, [
    CREATED,
    { type: "UserRoleChanged", data: { role: "admin" } },
    { type: "UserEmailChanged", data: { emailHash: "email-2", personal: "sealed-2" } },
    { type: "UserPasswordChanged", data: { passwordHash: "password-2" } },
    issued("k", 2_000),
    DISABLED,
  ]);
  assert.deepEqual(state, {
    status: "disabled",
    userId: "owner",
    domainId: "d1",
    role: "admin",
    emailHash: "email-2",
    passwordHash: "password-2",
    apiKeys: { k: { expiresAtMs: 2_000 } },
  });
  assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
  assert.equal(userKind.domainOf(state), "d1");
});

Deno.test("user: its fold refuses an event of a user that is not there", () => {
  assert.throws(() => fold(decider, [DISABLED]), InvariantViolation);
});
