/**
 * Cases from the specifications of MQTT, as data: bytes in, packets expected, and the clauses.
 *
 * Main path: each file holds tables of one packet type and version (case_file.ts says how a line is
 * read); notation.ts makes bytes of them, conversation.ts sends them to a server in memory and
 * compares what told.ts reads of its answers; property_cases.ts goes through every property of MQTT
 * 5.0 in every packet.
 *
 * Nothing here may use the codec under test or know how the server is built: a case says what a
 * client sends and hears.
 */
import { ACKS_4 } from "./acks_4.ts";
import { ACKS_5 } from "./acks_5.ts";
import { ANSWERS_5 } from "./answers_5.ts";
import type { CaseFile } from "./case_file.ts";
import { CONNECT_4 } from "./connect_4.ts";
import { CONNECT_5 } from "./connect_5.ts";
import { DELIVERY_5 } from "./delivery_5.ts";
import { FAREWELLS_5 } from "./farewells_5.ts";
import { LIMITS_5 } from "./limits_5.ts";
import { OPTIONS_5 } from "./options_5.ts";
import { PUBLISH_4 } from "./publish_4.ts";
import { PUBLISH_5 } from "./publish_5.ts";
import { SESSION_4 } from "./session_4.ts";
import { SESSION_5 } from "./session_5.ts";
import { SHARED_5 } from "./shared_5.ts";
import { SUBSCRIBE_4 } from "./subscribe_4.ts";
import { SUBSCRIBE_5 } from "./subscribe_5.ts";
import { UNSUBSCRIBE_5 } from "./unsubscribe_5.ts";
import { WILL_5 } from "./will_5.ts";

export const CASE_FILES: readonly CaseFile[] = [
  CONNECT_4,
  PUBLISH_4,
  SUBSCRIBE_4,
  ACKS_4,
  SESSION_4,
  CONNECT_5,
  WILL_5,
  PUBLISH_5,
  ACKS_5,
  SUBSCRIBE_5,
  UNSUBSCRIBE_5,
  OPTIONS_5,
  SHARED_5,
  DELIVERY_5,
  LIMITS_5,
  FAREWELLS_5,
  SESSION_5,
  ANSWERS_5,
];
