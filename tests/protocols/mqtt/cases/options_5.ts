import type { CaseFile } from "./case_file.ts";

/** No local 0x04, retain as published 0x08, retain handling 0x10 and 0x20; identifiers. */
export const OPTIONS_5: CaseFile = {
  version: 5,
  about: "subscription options",
  talks: `
[MQTT5-3.8.3-3] no local: one's own messages do not come back | > 82 [ 0001 [ ] @A 04 ]; < suback 1 00; > 30 [ @A [ ] "x" ]; stored 1
[MQTT5-3.8.3-3] no local: those of others come | > 82 [ 0001 [ ] @A 06 ]; < suback 1 02; +b; b> 30 [ @A [ ] "x" ]; < publish q0 A: x
[MQTT5-3.8.3-3] no local: those of the same thing under another client id come | > 82 [ 0001 [ ] @A 04 ]; < suback 1 00; +c; c> 30 [ @A [ ] "x" ]; < publish q0 A: x
[MQTT5-3.8.3-3] without no local one's own messages come back | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; > 30 [ @A [ ] "x" ]; < publish q0 A: x
[MQTT5-3.8.3-3] no local holds for its filter alone | > 82 [ 0001 [ ] @A 06 @A# 00 ]; < suback 1 02 00; > 32 [ @A 0001 [ ] "x" ]; < publish q0 A: x; < puback 1
[MQTT5-3.3.1-12] retain as published 0: live messages come without RETAIN | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 31 [ @A [ ] "x" ]; < publish q0 A: x
[MQTT5-3.3.1-13] retain as published 1: RETAIN comes as it was sent, 1 | > 82 [ 0001 [ ] @A 08 ]; < suback 1 00; +b; b> 31 [ @A [ ] "x" ]; < publish q0 retain A: x
[MQTT5-3.3.1-13] retain as published 1: RETAIN comes as it was sent, 0 | > 82 [ 0001 [ ] @A 08 ]; < suback 1 00; +b; b> 30 [ @A [ ] "x" ]; < publish q0 A: x
[MQTT5-3.3.1-9] retain handling 0: retained messages come with RETAIN | > 33 [ @A 0001 [ ] "x" ]; < puback 1; > 82 [ 0002 [ ] @A 00 ]; < suback 2 00; < publish q0 retain A: x
[MQTT5-3.3.1-9] retain handling 0: they come again with the same filter | > 33 [ @A 0001 [ ] "x" ]; < puback 1; > 82 [ 0002 [ ] @A 00 ]; < suback 2 00; < publish q0 retain A: x; > 82 [ 0003 [ ] @A 00 ]; < suback 3 00; < publish q0 retain A: x
[MQTT5-3.3.1-10] retain handling 1: they come to a new subscription | > 33 [ @A 0001 [ ] "x" ]; < puback 1; > 82 [ 0002 [ ] @A 10 ]; < suback 2 00; < publish q0 retain A: x
[MQTT5-3.3.1-10] retain handling 1: they do not come to one that exists | > 33 [ @A 0001 [ ] "x" ]; < puback 1; > 82 [ 0002 [ ] @A 20 ]; < suback 2 00; > 82 [ 0003 [ ] @A 10 ]; < suback 3 00
[MQTT5-3.3.1-10] retain handling 1: they come after an UNSUBSCRIBE | > 33 [ @A 0001 [ ] "x" ]; < puback 1; > 82 [ 0002 [ ] @A 20 ]; < suback 2 00; > a2 [ 0003 [ ] @A ]; < unsuback 3 00; > 82 [ 0004 [ ] @A 10 ]; < suback 4 00; < publish q0 retain A: x
[MQTT5-3.3.1-11] retain handling 2: none comes | > 33 [ @A 0001 [ ] "x" ]; < puback 1; > 82 [ 0002 [ ] @A 20 ]; < suback 2 00; > c0 00; < pingresp
[MQTT5-3.8.4-4] retained messages follow the SUBACK of their packet | > 33 [ @A/1 0001 [ ] "x" ]; < puback 1; > 33 [ @B/2 0002 [ ] "y" ]; < puback 2; > 82 [ 0003 [ ] @B# 00 @A# 00 ]; < suback 3 00 00; < publish q0 retain B/2: y; < publish q0 retain A/1: x
[MQTT5-3.3.1-5] the last retained message replaces the one before | > 33 [ @A 0001 [ ] "x" ]; < puback 1; > 33 [ @A 0002 [ ] "y" ]; < puback 2; > 82 [ 0003 [ ] @A 00 ]; < suback 3 00; < publish q0 retain A: y
[MQTT5-3.3.1-6] [MQTT5-3.3.1-7] an empty payload removes the retained message | > 33 [ @A 0001 [ ] "x" ]; < puback 1; > 33 [ @A 0002 [ ] ]; < puback 2; > 82 [ 0003 [ ] @A 00 ]; < suback 3 00
[MQTT5-3.3.1-6] an empty payload with RETAIN is delivered like any other | > 82 [ 0001 [ ] @A 08 ]; < suback 1 00; +b; b> 31 [ @A [ ] ]; < publish q0 retain A:
[MQTT5-3.3.1-8] a message without RETAIN leaves the retained one alone | > 33 [ @A 0001 [ ] "x" ]; < puback 1; > 32 [ @A 0002 [ ] "y" ]; < puback 2; > 32 [ @A 0003 [ ] ]; < puback 3; > 82 [ 0004 [ ] @A 00 ]; < suback 4 00; < publish q0 retain A: x
[MQTT5-3.8.4-8] retained messages come with the lesser QoS | > 35 [ @A 0001 [ ] "x" ]; < pubrec 1; > 82 [ 0002 [ ] @A 01 ]; < suback 2 01; < publish q1 #x retain A: x
[MQTT5-3.3.1-5] the QoS of a retained message is kept | > 31 [ @A [ ] "x" ]; > 82 [ 0002 [ ] @A 02 ]; < suback 2 02; < publish q0 retain A: x
[MQTT5-3.3.2-17] retained messages keep their properties | > 33 [ @A 0001 [ type 't' user 'b' '1' user 'a' '2' ] "x" ]; < puback 1; > 82 [ 0002 [ ] @A 00 ]; < suback 2 00; < publish q0 retain A {type=t, user=b:1, user=a:2}: x
[MQTT5-3.3.4-3] retained messages carry the identifier of their subscription | > 33 [ @A 0001 [ ] "x" ]; < puback 1; > 82 [ 0002 [ subId 05 ] @A 00 ]; < suback 2 00; < publish q0 retain A {subId=5}: x
[MQTT5-3.3.2-6] the expiry of a retained message is counted down | > 33 [ @A 0001 [ expiry 0000000a ] "x" ]; < puback 1; ~ 4s; > 82 [ 0002 [ ] @A 00 ]; < suback 2 00; < publish q0 retain A {expiry=6}: x
[MQTT5-3.3.2-5] a retained message that expired does not come | > 33 [ @A 0001 [ expiry 0000000a ] "x" ]; < puback 1; ~ 10s; > 82 [ 0002 [ ] @A 00 ]; < suback 2 00
[MQTT5-3.3.4-3] an identifier comes with each message, 1 | > 82 [ 0001 [ subId 01 ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ ] "x" ]; < publish q0 A {subId=1}: x
[MQTT5-3.3.4-3] an identifier of two bytes | > 82 [ 0001 [ subId 80 01 ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ ] "x" ]; < publish q0 A {subId=128}: x
[MQTT5-3.3.4-3] an identifier of three bytes | > 82 [ 0001 [ subId 80 80 01 ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ ] "x" ]; < publish q0 A {subId=16384}: x
[MQTT5-3.3.4-3] the largest identifier | > 82 [ 0001 [ subId ff ff ff 7f ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ ] "x" ]; < publish q0 A {subId=268435455}: x
[MQTT5-3.3.4-3] an identifier belongs to all filters of its packet | > 82 [ 0001 [ subId 07 ] @A 00 @B 00 ]; < suback 1 00 00; > 30 [ @A [ ] "x" ]; < publish q0 A {subId=7}: x; > 30 [ @B [ ] "y" ]; < publish q0 B {subId=7}: y
[MQTT5-3.3.4-2] [MQTT5-3.3.4-4] overlapping filters: one copy with the higher QoS and both identifiers | > 82 [ 0001 [ subId 01 ] @A 00 ]; < suback 1 00; > 82 [ 0002 [ subId 02 ] @A# 01 ]; < suback 2 01; +b; b> 32 [ @A 0001 [ ] "x" ]; b< puback 1; < publish q1 #x A {subId=1, subId=2}: x
[MQTT5-3.3.4-4] overlapping filters of which one has an identifier | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; > 82 [ 0002 [ subId 02 ] @A# 00 ]; < suback 2 00; +b; b> 30 [ @A [ ] "x" ]; < publish q0 A {subId=2}: x
[MQTT5-3.3.4-3] the identifier stands behind the publisher's properties | > 82 [ 0001 [ subId 03 ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ user 'k' 'v' type 't' ] "x" ]; < publish q0 A {type=t, subId=3, user=k:v}: x
`,
};
