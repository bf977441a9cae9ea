import { casesOf } from "./cases/case_file.ts";
import { Conversation } from "./cases/conversation.ts";
import { SHARED_5 } from "./cases/shared_5.ts";

/** The same conversations, with members at two nodes and their groups at a third one. */
for (const { name, script } of casesOf(SHARED_5)) {
  Deno.test(`${name} (at several nodes)`, () =>
    new Conversation(5, { elsewhere: "bd" }).run(script));
  Deno.test(`${name} (at other nodes)`, () => new Conversation(5, { elsewhere: "c" }).run(script));
}
