import type { CaseFile } from "./case_file.ts";

/** What a subscriber gets, and how much of it at once; `b` publishes, `a` or `c` subscribes. */
export const DELIVERY_5: CaseFile = {
  version: 5,
  about: "delivery",
  talks: `
[MQTT5-3.3.2-4] payload format 1 comes unaltered | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ format 01 ] "x" ]; < publish q0 A {format=1}: x
[MQTT5-3.3.2-4] payload format 0 comes unaltered | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ format 00 ] ff ]; < publish q0 A {format=0}: ff
[MQTT5-3.3.2-20] content type comes unaltered | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ type 'Text/PLAIN ,x=é' ] "x" ]; < publish q0 A {type=Text/PLAIN ,x=é}: x
[MQTT5-3.3.2-20] an empty content type comes unaltered | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ type '' ] "x" ]; < publish q0 A {type=}: x
[MQTT5-3.3.2-15] response topic comes unaltered | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ response 'to//me/é$' ] "x" ]; < publish q0 A {response=to//me/é$}: x
[MQTT5-3.3.2-16] correlation data comes unaltered | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ correlation 0004 00ff80c0 ] "x" ]; < publish q0 A {correlation=00ff80c0}: x
[MQTT5-3.3.2-16] correlation data of no bytes comes unaltered | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ correlation 0000 ] "x" ]; < publish q0 A {correlation=}: x
[MQTT5-3.3.2-17] [MQTT5-3.3.2-18] user properties come unaltered and in order | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ user 'z' '1' user 'a' '' user '' 'e' user 'z' '1' ] "x" ]; < publish q0 A {user=z:1, user=a:, user=:e, user=z:1}: x
[MQTT5-3.3.2-18] user properties between others keep their order | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ user '2' '' type 't' user '1' '' expiry 0000000a user '3' '' ] "x" ]; < publish q0 A {expiry=10, type=t, user=2:, user=1:, user=3:}: x
[MQTT5-1.5.4-3] a byte order mark in a user property stays | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ user '\ufeffk' '\ufeffv' ] "x" ]; < publish q0 A {user=\ufeffk:\ufeffv}: x
[MQTT5-3.3.2-17] everything at once | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ user 'k' 'v' correlation 0001 01 response 'r' type 't' expiry 0000000a format 01 ] "x" ]; < publish q0 A {format=1, expiry=10, type=t, response=r, correlation=01, user=k:v}: x
[MQTT5-4.13.1-1] more bytes of properties than are kept end the connection | > 30 [ @A [ user ffff ("k")*65535 '' ] "x" ]; < disconnect 97; !; stored 0
[MQTT5-3.3.2-6] the expiry comes as it was sent if no time passed | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ expiry 0000003c ] "x" ]; < publish q0 A {expiry=60}: x
[MQTT5-3.3.2-6] the largest expiry | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ expiry ffffffff ] "x" ]; < publish q0 A {expiry=4294967295}: x
[MQTT5-3.3.2-6] the expiry is less by the time that a message waited | +c receiveMax 0001; c> 82 [ 0001 [ ] @A 01 ]; c< suback 1 01; +b; b> 32 [ @A 0001 [ ] "1" ] 32 [ @A 0002 [ expiry 0000003c ] "2" ]; b< puback 1; b< puback 2; c< publish q1 #x A: 1; ~ 20s; c> 40 [ $x ]; c< publish q1 #y A {expiry=40}: 2
[MQTT5-3.3.2-5] a message that expired while it waited does not come | +c receiveMax 0001; c> 82 [ 0001 [ ] @A 01 ]; c< suback 1 01; +b; b> 32 [ @A 0001 [ ] "1" ] 32 [ @A 0002 [ expiry 0000003c ] "2" ] 32 [ @A 0003 [ ] "3" ]; b< puback 1; b< puback 2; b< puback 3; c< publish q1 #x A: 1; ~ 60s; c> 40 [ $x ]; c< publish q1 #y A: 3
[MQTT5-4.3.3-7] a message of QoS 2 that was sent does not expire | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02; +b; b> 34 [ @A 0001 [ expiry 00000005 ] "x" ]; b< pubrec 1; < publish q2 #x A {expiry=5}: x; ~ 60s; > 50 [ $x ]; < pubrel $x; > 70 [ $x ]
[MQTT5-3.3.2-5] subscribers of 3.1.1 get no expired message either | +c4; c> 82 [ 0001 @A 00 ]; c< suback 1 00; +b; b> 33 [ @A 0001 [ expiry 00000005 ] "x" ]; b< puback 1; c< publish q0 A: x; ~ 5s; c> 82 [ 0002 @A 00 ]; c< suback 2 00
[MQTT5-3.3.4-9] [MQTT5-4.9.0-2] receive maximum 1: one message of QoS 1 at a time | +c receiveMax 0001; c> 82 [ 0001 [ ] @A 01 ]; c< suback 1 01; +b; b> 32 [ @A 0001 [ ] "1" ] 32 [ @A 0002 [ ] "2" ]; b< puback 1; b< puback 2; c< publish q1 #x A: 1; c> 40 [ $x ]; c< publish q1 #y A: 2
[MQTT5-3.3.4-9] receive maximum 1: one message of QoS 2 at a time, until PUBCOMP | +c receiveMax 0001; c> 82 [ 0001 [ ] @A 02 ]; c< suback 1 02; +b; b> 34 [ @A 0001 [ ] "1" ] 34 [ @A 0002 [ ] "2" ]; b< pubrec 1; b< pubrec 2; c< publish q2 #x A: 1; c> 50 [ $x ]; c< pubrel $x; c> 70 [ $x ]; c< publish q2 #y A: 2
[MQTT5-3.3.4-9] a PUBREC that refuses makes room | +c receiveMax 0001; c> 82 [ 0001 [ ] @A 02 ]; c< suback 1 02; +b; b> 34 [ @A 0001 [ ] "1" ] 34 [ @A 0002 [ ] "2" ]; b< pubrec 1; b< pubrec 2; c< publish q2 #x A: 1; c> 50 [ $x 80 ]; c< publish q2 #y A: 2
[MQTT5-3.3.4-9] a PUBACK that refuses makes room | +c receiveMax 0001; c> 82 [ 0001 [ ] @A 01 ]; c< suback 1 01; +b; b> 32 [ @A 0001 [ ] "1" ] 32 [ @A 0002 [ ] "2" ]; b< puback 1; b< puback 2; c< publish q1 #x A: 1; c> 40 [ $x 97 ]; c< publish q1 #y A: 2
[MQTT5-4.9.0-1] receive maximum 2: two at a time | +c receiveMax 0002; c> 82 [ 0001 [ ] @A 01 ]; c< suback 1 01; +b; b> 32 [ @A 0001 [ ] "1" ] 32 [ @A 0002 [ ] "2" ] 32 [ @A 0003 [ ] "3" ]; b< puback 1; b< puback 2; b< puback 3; c< publish q1 #x A: 1; c< publish q1 #y A: 2; c> 40 [ $y ]; c< publish q1 #z A: 3
[MQTT5-4.9.0-2] receive maximum does not bound QoS 0 | +c receiveMax 0001; c> 82 [ 0001 [ ] @A 00 ]; c< suback 1 00; +b; b> 30 [ @A [ ] "1" ] 30 [ @A [ ] "2" ]; c< publish q0 A: 1; c< publish q0 A: 2
[MQTT5-3.3.4-10] [MQTT5-4.9.0-3] a full window keeps no other packet back | +c receiveMax 0001; c> 82 [ 0001 [ ] @A 01 ]; c< suback 1 01; +b; b> 32 [ @A 0001 [ ] "1" ] 32 [ @A 0002 [ ] "2" ]; b< puback 1; b< puback 2; c< publish q1 #x A: 1; c> c0 00 82 [ 0002 [ ] @B 00 ] 32 [ @B 0003 [ ] ] a2 [ 0004 [ ] @X ]; c< pingresp; c< suback 2 00; c< unsuback 4 11; c< puback 3
[MQTT5-3.3.4-9] retained messages are bounded too | > 33 [ @A/1 0001 [ ] "1" ] 33 [ @A/2 0002 [ ] "2" ]; < puback 1; < puback 2; +c receiveMax 0001; c> 82 [ 0001 [ ] @A# 01 ]; c< suback 1 01; c< publish q1 #x retain A/1: 1; c> 40 [ $x ]; c< publish q1 #y retain A/2: 2
[MQTT5-2.2.1-4] messages on their way have packet ids of their own | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02; +b; b> 32 [ @A 0001 [ ] "1" ] 34 [ @A 0002 [ ] "2" ]; b< puback 1; b< pubrec 2; < publish q1 #x A: 1; < publish q2 #y A: 2; > 50 [ $y ]; < pubrel $y; > 40 [ $x ]; > 70 [ $y ]
[MQTT5-3.1.2-24] [MQTT5-3.1.2-25] a message that is too large for the client is left out | +c maxPacket 00000050; c> 82 [ 0001 [ ] @A 00 ]; c< suback 1 00; +b; b> 30 [ @A [ ] (78)*40 ] 30 [ @A [ ] "y" ]; c< publish q0 A: y
[MQTT5-3.1.2-25] a message of QoS 1 that is too large counts as sent | +c maxPacket 00000050 receiveMax 0001; c> 82 [ 0001 [ ] @A 01 ]; c< suback 1 01; +b; b> 32 [ @A 0001 [ ] (78)*40 ] 32 [ @A 0002 [ ] "y" ]; b< puback 1; b< puback 2; c< publish q1 #x A: y
[MQTT5-3.1.2-24] a message that is just small enough comes | +c maxPacket 00000043; c> 82 [ 0001 [ ] @A 00 ]; c< suback 1 00; +b; b> 30 [ @A [ ] "12345678" ] 30 [ @A [ ] "123456789" ]; c< publish q0 A: 12345678
[MQTT5-3.1.2-24] properties count | +c maxPacket 00000043; c> 82 [ 0001 [ ] @A 00 ]; c< suback 1 00; +b; b> 30 [ @A [ user 'k' 'v' ] "12" ] 30 [ @A [ user 'k' 'v' ] "1" ]; c< publish q0 A {user=k:v}: 1
[MQTT5-3.1.2-27] no alias where the client takes none | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ ] "1" ] 30 [ @A [ ] "2" ]; < publish q0 A: 1; < publish q0 A: 2
[MQTT5-3.1.2-26] [MQTT5-3.3.2-11] an alias is given once and used from then on | +c aliasMax 0001; c> 82 [ 0001 [ ] @A# 00 ]; c< suback 1 00; +b; b> 30 [ @A [ ] "1" ] 30 [ @A [ ] "2" ] 30 [ @A/s [ ] "3" ]; c< publish q0 A {alias=1}: 1; c< publish q0 - {alias=1}: 2; c< publish q0 A/s: 3
[MQTT5-3.3.2-11] two aliases, QoS 1 | +c aliasMax 0002; c> 82 [ 0001 [ ] @A# 01 ]; c< suback 1 01; +b; b> 32 [ @A 0001 [ ] "1" ] 32 [ @A/s 0002 [ user 'k' 'v' ] "2" ] 32 [ @A/s 0003 [ ] "3" ]; b< puback 1; b< puback 2; b< puback 3; c< publish q1 #x A {alias=1}: 1; c< publish q1 #y A/s {alias=2, user=k:v}: 2; c< publish q1 #z - {alias=2}: 3
[MQTT5-3.3.2-7] aliases belong to one connection | +c aliasMax 0001; c> 82 [ 0001 [ ] @A 00 ]; c< suback 1 00; +d aliasMax 0001; d> 82 [ 0001 [ ] @A# 00 ]; d< suback 1 00; +b; b> 30 [ @A/s [ ] "1" ] 30 [ @A [ ] "2" ]; c< publish q0 A {alias=1}: 2; d< publish q0 A/s {alias=1}: 1; d< publish q0 A: 2
[MQTT5-3.1.2-24] an alias that makes a message too large is not given | +c aliasMax 0001 maxPacket 00000043; c> 82 [ 0001 [ ] @A 00 ]; c< suback 1 00; +b; b> 30 [ @A [ ] "12345678" ] 30 [ @A [ ] "1" ] 30 [ @A [ ] "2" ]; c< publish q0 A: 12345678; c< publish q0 A {alias=1}: 1; c< publish q0 - {alias=1}: 2
[MQTT5-3.3.2-12] a client's alias stands for its topic | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 30 [ @A [ alias 0001 ] "1" ] 30 [ 0000 [ alias 0001 ] "2" ]; < publish q0 A: 1; < publish q0 A: 2
[MQTT5-3.3.2-12] the largest alias, QoS 1 and 2 | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 32 [ @A 0001 [ alias 0040 ] "1" ] 34 [ 0000 0002 [ alias 0040 ] "2" ]; b< puback 1; b< pubrec 2; < publish q0 A: 1; < publish q0 A: 2
[MQTT5-3.3.2-12] an alias that is given again stands for the new topic | > 82 [ 0001 [ ] @A# 00 ]; < suback 1 00; +b; b> 30 [ @A [ alias 0001 ] "1" ] 30 [ @A/s [ alias 0001 ] "2" ] 30 [ 0000 [ alias 0001 ] "3" ]; < publish q0 A: 1; < publish q0 A/s: 2; < publish q0 A/s: 3
[MQTT5-3.3.2-7] an alias of another connection stands for nothing | +b; b> 30 [ @A [ alias 0001 ] "1" ]; > 30 [ 0000 [ alias 0001 ] "2" ]; < disconnect 82; !; stored 1
[MQTT5-3.3.2-12] a client's alias and the server's are two things | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +c aliasMax 0001; c> 82 [ 0001 [ ] @A 00 ]; c< suback 1 00; c> 30 [ @A [ alias 0005 ] "1" ]; a< publish q0 A: 1; c< publish q0 A {alias=1}: 1
`,
};
