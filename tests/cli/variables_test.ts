import assert from "node:assert/strict";
import { UsageError } from "../../actors/mod.ts";
import { readSettings, variablesAndFiles } from "../../cli/mod.ts";
import { programEnded, withFolder } from "../e2e/program.ts";

function read(variables: Readonly<Record<string, string>>) {
  return variablesAndFiles((name) => variables[name]);
}

function refused(variables: Readonly<Record<string, string>>, said: RegExp): void {
  assert.throws(() => read(variables)("MILLRACE_ADMIN_PASSWORD"), (error) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.match(error.message, said);
    assert.ok(!error.message.includes("a secret"), error.message);
    return true;
  });
}

Deno.test("variables: a file stands in for a variable, less one line end", () =>
  withFolder((folder) => {
    for (
      const [text, value] of [
        ["a secret", "a secret"],
        ["a secret\n", "a secret"],
        ["a secret\r\n", "a secret"],
        ["a secret\n\n", "a secret\n"],
        [" a secret", " a secret"],
        ["", ""],
      ] as const
    ) {
      Deno.writeTextFileSync(`${folder}/secret`, text);
      const env = read({ MILLRACE_ADMIN_PASSWORD_FILE: `${folder}/secret` });
      assert.equal(env("MILLRACE_ADMIN_PASSWORD"), value);
    }
  }));

Deno.test("variables: without a file they are what they are, and others have no files", () =>
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/secret`, "a secret");
    const env = read({
      MILLRACE_DATA: "/data",
      MILLRACE_HOST: "here",
      MILLRACE_HOST_FILE: "",
      HOME_FILE: `${folder}/secret`,
    });
    assert.equal(env("MILLRACE_DATA"), "/data");
    assert.equal(env("MILLRACE_HOST"), "here", "an empty name of a file is none");
    assert.equal(env("MILLRACE_ROLE"), undefined);
    assert.equal(env("HOME"), undefined);
  }));

Deno.test("variables: refuse both at once, and a file that is missing, no file, or without end", () =>
  withFolder((folder) => {
    const file = `${folder}/secret`;
    const named = { MILLRACE_ADMIN_PASSWORD_FILE: file };
    refused(named, /^Cannot start with MILLRACE_ADMIN_PASSWORD_FILE '.*secret': it cannot be read/);
    Deno.writeTextFileSync(file, "a secret".padEnd(65_536, "x"));
    assert.equal(read(named)("MILLRACE_ADMIN_PASSWORD")?.length, 65_536);
    Deno.writeTextFileSync(file, "a secret".padEnd(65_537, "x"));
    refused(named, /it must be a file of at most 65536 bytes$/);
    refused({ MILLRACE_ADMIN_PASSWORD_FILE: folder }, /it must be a file/);
    refused({ MILLRACE_ADMIN_PASSWORD_FILE: "/dev/zero" }, /it must be a file/);
    refused(
      { ...named, MILLRACE_ADMIN_PASSWORD: "a secret" },
      /^Cannot start with both MILLRACE_ADMIN_PASSWORD and MILLRACE_ADMIN_PASSWORD_FILE: one/,
    );
  }));

Deno.test("variables: what a file holds is a setting as any other, and a wrong one is not repeated", () =>
  withFolder((folder) => {
    const file = `${folder}/secret`;
    Deno.writeTextFileSync(file, "a long password\n");
    const env = read({ MILLRACE_ADMIN_PASSWORD_FILE: file });
    assert.equal(readSettings([], { env, isTerminal: false }).adminPassword, "a long password");
    Deno.writeTextFileSync(file, "short!\n");
    assert.throws(
      () => readSettings([], { env, isTerminal: false }),
      /^UsageError: Cannot start with MILLRACE_ADMIN_PASSWORD '\(6 characters\)'/,
    );
  }));

Deno.test("variables: the program reads them, and ends with 64 where the file is missing", async () => {
  const { code, error } = await programEnded([], { MILLRACE_DATA_FILE: "/does/not/exist" });
  assert.equal(code, 64, error);
  assert.match(
    error,
    /^Cannot start with MILLRACE_DATA_FILE '\/does\/not\/exist': it cannot be read/,
  );
});
