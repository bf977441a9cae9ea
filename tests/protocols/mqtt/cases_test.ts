import { Conversation } from "./cases/conversation.ts";
import { casesOf } from "./cases/case_file.ts";
import { propertyCases } from "./cases/property_cases.ts";
import { CASE_FILES } from "./cases/mod.ts";

/** Each case is a test of its own on a server in memory; the cases are data, see cases/. */
for (const file of CASE_FILES) {
  for (const { name, script } of casesOf(file)) {
    Deno.test(name, () => new Conversation(file.version, file).run(script));
  }
}

for (const { name, script } of propertyCases()) {
  Deno.test(name, () => new Conversation(5).run(script));
}
