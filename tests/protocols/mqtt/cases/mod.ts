/**
 * Cases of the two MQTT specifications as data: bytes in, what must come back, and the clause.
 *
 * Main path: each file holds the cases of one packet type and version; the runner opens a server in
 * memory for each case, sends its bytes and compares every packet that comes back.
 *
 * No case may know how the server is built: it says what a client sends and sees.
 */
import type { CaseFile } from "./case_file.ts";
import { CONNECT_5 } from "./connect_5.ts";
import { OPTIONS_5 } from "./options_5.ts";
import { PUBLISH_5 } from "./publish_5.ts";
import { SUBSCRIBE_5 } from "./subscribe_5.ts";
import { WILL_5 } from "./will_5.ts";

export const CASE_FILES: readonly CaseFile[] = [
  CONNECT_5,
  WILL_5,
  PUBLISH_5,
  SUBSCRIBE_5,
  OPTIONS_5,
];
