import type { CaseFile } from "./case_file.ts";

/** What outlives a connection: `s` is the client id that comes again. */
export const SESSION_4: CaseFile = {
  version: 4,
  about: "session",
  first: `
[MQTT5-3.1.2-2] protocol level 7, in the form of MQTT 5.0 | 10 [ MQTT 07 c2 0000 [ ] 'a' as1 ] | connack 01
[MQTT-3.2.2-6] a fault that no return code stands for | 10 [ MQTT 04 c1 0000 'a' as1 ] | -
`,
  talks: `
[MQTT-3.1.2-4] [MQTT-3.1.2-5] [MQTT-3.2.2-2] [MQTT-4.1.0-1] without clean session goes on with its subscriptions | a> 10 [ MQTT 04 c0 0000 's' as1 ]; a< connack 00; a> 82 [ 0001 @A 00 ]; a< suback 1 00; a.; c> 10 [ MQTT 04 c0 0000 's' as1 ]; c< connack 00 present; +b; b> 30 [ @A "x" ]; c< publish q0 A: x
[MQTT-3.1.2-4] goes on after a DISCONNECT too | a> 10 [ MQTT 04 c0 0000 's' as1 ]; a< connack 00; a> e0 00; a!; c> 10 [ MQTT 04 c0 0000 's' as1 ]; c< connack 00 present
[MQTT-3.1.2-6] [MQTT-3.1.4-3] clean session drops the one that is there | a> 10 [ MQTT 04 c0 0000 's' as1 ]; a< connack 00; a> 82 [ 0001 @A 00 ]; a< suback 1 00; a.; c> 10 [ MQTT 04 c2 0000 's' as1 ]; c< connack 00; c.; d> 10 [ MQTT 04 c0 0000 's' as1 ]; d< connack 00; +b; b> 30 [ @A "x" ]
[MQTT-3.1.2-6] with clean session is not kept | a> 10 [ MQTT 04 c2 0000 's' as1 ]; a< connack 00; a> 82 [ 0001 @A 00 ]; a< suback 1 00; a.; c> 10 [ MQTT 04 c0 0000 's' as1 ]; c< connack 00; +b; b> 30 [ @A "x" ]
[MQTT-3.1.2-7] retained messages outlive it | a> 10 [ MQTT 04 c2 0000 's' as1 ]; a< connack 00; a> 33 [ @A 0001 "r" ]; a< puback 1; a> e0 00; a!; +b; b> 82 [ 0001 @A 00 ]; b< suback 1 00; b< publish q0 retain A: r
[MQTT-3.1.3-2] belongs to its client id | a> 10 [ MQTT 04 c0 0000 's' as1 ]; a< connack 00; a.; c> 10 [ MQTT 04 c0 0000 't' as1 ]; c< connack 00; d> 10 [ MQTT 04 c0 0000 's' as1 ]; d< connack 00 present
[MQTT-4.1.0-2] lasts as long as its connection | a> 10 [ MQTT 04 c2 0000 's' as1 ]; a< connack 00; a> 82 [ 0001 @A 00 ]; a< suback 1 00; ~ 1000000s; +b; b> 30 [ @A "x" ]; a< publish q0 A: x
[MQTT-4.3.3-2] [MQTT-4.4.0-1] knows a QoS 2 message again | a> 10 [ MQTT 04 c0 0000 's' as1 ]; a< connack 00; a> 34 [ @A 0001 "x" ]; a< pubrec 1; a.; c> 10 [ MQTT 04 c0 0000 's' as1 ]; c< connack 00 present; c> 3c [ @A 0001 "x" ]; c< pubrec 1; stored 1; c> 62 [ 0001 ]; c< pubcomp 1
[MQTT-3.1.4-3] goes on in MQTT 5.0 | a> 10 [ MQTT 04 c0 0000 's' as1 ]; a< connack 00; a> 82 [ 0001 @A 00 ]; a< suback 1 00; a.; +s5; s> c0 00; s< pingresp
[MQTT-2.3.1-5] what follows the topic of QoS 0 is its payload | > 82 [ 0001 @A 00 ]; < suback 1 00; > 30 [ @A "12" ]; < publish q0 A: 12
[MQTT-3.8.3-2] filters with wildcards are taken | > 82 [ 0001 @A# 00 'channels/+/messages' 01 '#' 02 ]; < suback 1 00 01 02
[MQTT-4.6.0-3] PUBREC packets are in the order of their messages | hold; > 34 [ @A 0003 ] 34 [ @A 0001 ]; settle; < pubrec 3; < pubrec 1
[MQTT-4.6.0-4] PUBREL packets are in the order of the PUBREC packets | > 82 [ 0001 @A 02 ]; < suback 1 02; +b; b> 34 [ @A 0001 "1" ] 34 [ @A 0002 "2" ]; b< pubrec 1; b< pubrec 2; < publish q2 #x A: 1; < publish q2 #y A: 2; > 50 [ $y ] 50 [ $x ]; < pubrel $y; < pubrel $x
[MQTT-4.6.0-5] topics are ordered without being told to | > 82 [ 0001 @A# 01 ]; < suback 1 01; +b; b> 32 [ @A 0001 "1" ] 32 [ @A/s 0002 "2" ] 32 [ @A 0003 "3" ]; b< puback 1; b< puback 2; b< puback 3; < publish q1 #x A: 1; < publish q1 #y A/s: 2; < publish q1 #z A: 3
[MQTT-4.7.3-3] a topic of all the bytes that its length can say is not taken here | > 30 [ ffff ("a")*65535 "x" ]; !; stored 0
`,
};
