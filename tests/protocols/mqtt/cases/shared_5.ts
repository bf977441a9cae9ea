import type { CaseFile } from "./case_file.ts";

/** Shared subscriptions: section 4.8.2. `b` publishes. */
export const SHARED_5: CaseFile = {
  version: 5,
  about: "shared subscriptions",
  talks: `
[MQTT5-4.8.2-1] one alone gets every message | > 82 [ 0001 [ ] @$share/g/A 00 ]; < suback 1 00; +b; b> 30 [ @A [ ] "1" ] 30 [ @A [ ] "2" ]; < publish q0 A: 1; < publish q0 A: 2
[MQTT5-4.8.2-1] two get every other message | > 82 [ 0001 [ ] @$share/g/A 00 ]; < suback 1 00; +c; c> 82 [ 0001 [ ] @$share/g/A 00 ]; c< suback 1 00; +b; b> 30 [ @A [ ] "1" ] 30 [ @A [ ] "2" ] 30 [ @A [ ] "3" ] 30 [ @A [ ] "4" ]; a< publish q0 A: 1; a< publish q0 A: 3; c< publish q0 A: 2; c< publish q0 A: 4
[MQTT5-4.8.2-1] two names are two groups | > 82 [ 0001 [ ] @$share/g/A 00 ]; < suback 1 00; +c; c> 82 [ 0001 [ ] @$share/h/A 00 ]; c< suback 1 00; +b; b> 30 [ @A [ ] "1" ]; a< publish q0 A: 1; c< publish q0 A: 1
[MQTT5-4.8.2-1] two filters of one name are two groups | > 82 [ 0001 [ ] @$share/g/A 00 ]; < suback 1 00; +c; c> 82 [ 0001 [ ] @$share/g/A# 00 ]; c< suback 1 00; +b; b> 30 [ @A [ ] "1" ]; a< publish q0 A: 1; c< publish q0 A: 1
[MQTT5-4.8.2-2] a name of any characters | > 82 [ 0001 [ ] @$share/é-$1/A 00 ]; < suback 1 00; +b; b> 30 [ @A [ ] "1" ]; < publish q0 A: 1
[MQTT5-4.8.2-1] a shared subscription and a plain one bring two copies | > 82 [ 0001 [ ] @$share/g/A 00 @A 00 ]; < suback 1 00 00; +b; b> 30 [ @A [ ] "1" ]; < publish q0 A: 1; < publish q0 A: 1
[MQTT5-4.8.2-1] a plain subscription of another gets every message | > 82 [ 0001 [ ] @$share/g/A 00 ]; < suback 1 00; +c; c> 82 [ 0001 [ ] @A 00 ]; c< suback 1 00; +b; b> 30 [ @A [ ] "1" ] 30 [ @A [ ] "2" ]; a< publish q0 A: 1; a< publish q0 A: 2; c< publish q0 A: 1; c< publish q0 A: 2
[MQTT5-4.8.2-3] each member gets its own QoS | > 82 [ 0001 [ ] @$share/g/A 00 ]; < suback 1 00; +c; c> 82 [ 0001 [ ] @$share/g/A 01 ]; c< suback 1 01; +b; b> 34 [ @A 0001 [ ] "1" ] 34 [ @A 0002 [ ] "2" ]; b< pubrec 1; b< pubrec 2; a< publish q0 A: 1; c< publish q1 #x A: 2
[MQTT5-3.3.4-3] a member's identifier comes | > 82 [ 0001 [ subId 09 ] @$share/g/A 00 ]; < suback 1 00; +b; b> 30 [ @A [ ] "1" ]; < publish q0 A {subId=9}: 1
[MQTT5-3.3.1-13] retain as published holds | > 82 [ 0001 [ ] @$share/g/A 08 ]; < suback 1 00; +b; b> 31 [ @A [ ] "1" ]; < publish q0 retain A: 1
[MQTT5-3.3.1-12] without retain as published there is no RETAIN | > 82 [ 0001 [ ] @$share/g/A 00 ]; < suback 1 00; +b; b> 31 [ @A [ ] "1" ]; < publish q0 A: 1
[MQTT5-3.8.4-4] retained messages are not sent to a shared subscription | > 33 [ @A 0001 [ ] "x" ]; < puback 1; > 82 [ 0002 [ ] @$share/g/A 00 ]; < suback 2 00
[MQTT5-3.3.2-17] properties come unaltered | > 82 [ 0001 [ ] @$share/g/A 00 ]; < suback 1 00; +b; b> 30 [ @A [ user 'b' '1' type 't' user 'a' '2' ] "1" ]; < publish q0 A {type=t, user=b:1, user=a:2}: 1
[MQTT5-3.9.3-2] a shared channel of others is refused | +b; b> 82 [ 0001 [ ] @$share/g/B 00 ]; b< suback 1 87
[MQTT5-3.9.3-2] a shared filter that means nothing here is refused | > 82 [ 0001 [ ] '$share/g/nowhere' 00 ]; < suback 1 8f
[MQTT5-3.10.4-2] who leaves gets nothing more | > 82 [ 0001 [ ] @$share/g/A 00 ]; < suback 1 00; +c; c> 82 [ 0001 [ ] @$share/g/A 00 ]; c< suback 1 00; > a2 [ 0002 [ ] @$share/g/A ]; < unsuback 2 00; +b; b> 30 [ @A [ ] "1" ] 30 [ @A [ ] "2" ]; c< publish q0 A: 1; c< publish q0 A: 2
[MQTT5-4.8.2-3] a message of QoS 1 that its member did not take goes to another | > 82 [ 0001 [ ] @$share/g/A 01 ]; < suback 1 01; +c; c> 82 [ 0001 [ ] @$share/g/A 01 ]; c< suback 1 01; +b; b> 32 [ @A 0001 [ ] "1" ]; b< puback 1; a< publish q1 #x A: 1; a> e0 00; c< publish q1 #y A: 1; a!
[MQTT5-4.8.2-6] a message that its member refuses goes to nobody else, QoS 1 | > 82 [ 0001 [ ] @$share/g/A 01 ]; < suback 1 01; +c; c> 82 [ 0001 [ ] @$share/g/A 01 ]; c< suback 1 01; +b; b> 32 [ @A 0001 [ ] "1" ]; b< puback 1; a< publish q1 #x A: 1; a> 40 [ $x 80 ]; a> e0 00; a!
[MQTT5-4.8.2-6] a message that its member refuses goes to nobody else, QoS 2 | > 82 [ 0001 [ ] @$share/g/A 02 ]; < suback 1 02; +c; c> 82 [ 0001 [ ] @$share/g/A 02 ]; c< suback 1 02; +b; b> 34 [ @A 0001 [ ] "1" ]; b< pubrec 1; a< publish q2 #x A: 1; a> 50 [ $x 80 ]; a> e0 00; a!
[MQTT5-4.8.2-5] a message of QoS 2 that was sent goes to nobody else when its session ends | > 82 [ 0001 [ ] @$share/g/A 02 ]; < suback 1 02; +c; c> 82 [ 0001 [ ] @$share/g/A 02 ]; c< suback 1 02; +b; b> 34 [ @A 0001 [ ] "1" ]; b< pubrec 1; a< publish q2 #x A: 1; a> e0 00; a!
[MQTT5-4.9.0-2] a member whose window is full is passed over | +c receiveMax 0001; c> 82 [ 0001 [ ] @$share/g/A 01 ]; c< suback 1 01; +d; d> 82 [ 0001 [ ] @$share/g/A 01 ]; d< suback 1 01; +b; b> 32 [ @A 0001 [ ] "1" ] 32 [ @A 0002 [ ] "2" ] 32 [ @A 0003 [ ] "3" ]; b< puback 1; b< puback 2; b< puback 3; c< publish q1 #x A: 1; d< publish q1 #y A: 2; d< publish q1 #z A: 3
[MQTT5-4.8.2-1] a group lives on in its last member | > 82 [ 0001 [ ] @$share/g/A 00 ]; < suback 1 00; +c; c> 82 [ 0001 [ ] @$share/g/A 00 ]; c< suback 1 00; c> e0 00; c!; +b; b> 30 [ @A [ ] "1" ] 30 [ @A [ ] "2" ]; a< publish q0 A: 1; a< publish q0 A: 2
[MQTT5-4.8.2-1] the same shared filter again is one membership | > 82 [ 0001 [ ] @$share/g/A 00 ]; < suback 1 00; > 82 [ 0002 [ ] @$share/g/A 01 ]; < suback 2 01; +b; b> 32 [ @A 0001 [ ] "1" ]; b< puback 1; < publish q1 #x A: 1
[MQTT5-3.3.2-3] a shared filter of another form brings that form | > 82 [ 0001 [ ] @$share/g/mA# 00 ]; < suback 1 00; +b; b> 30 [ @A/s [ ] "1" ]; < publish q0 mA/s: 1
`,
};
