import type { CaseFile } from "./case_file.ts";

/** What the server leaves out of its answers, and how it sends messages. `b` may not use channel B. */
export const ANSWERS_5: CaseFile = {
  version: 5,
  about: "answers",
  first: `
[MQTT5-3.2.2-20] a wrong key of a client that takes small packets | 10 [ MQTT 05 c2 0000 [ maxPacket 00000015 ] 'a' 'u' 'no' ] | connack 86 {-reason, -user}
`,
  refused: `
[MQTT5-3.3.2-13] a response topic that is no UTF-8 | 30 [ @A [ response 0001 ff ] "x" ] | 81
[MQTT5-3.3.2-13] a response topic with an encoded surrogate | 30 [ @A [ response 0003 eda080 ] "x" ] | 81
[MQTT5-3.3.2-19] a content type that is no UTF-8 | 30 [ @A [ type 0001 ff ] "x" ] | 81
[MQTT5-3.3.2-19] a content type with an encoded surrogate | 30 [ @A [ type 0003 eda080 ] "x" ] | 81
[MQTT5-4.7.3-3] a topic of all the bytes that its length can say | 30 [ ffff ("a")*65535 [ ] "x" ] | 90
`,
  talks: `
[MQTT5-3.4.2-2] [MQTT5-3.4.2-3] a PUBACK says no more than a small packet holds | +b maxPacket 00000015; b> 32 [ @B 0001 [ ] "x" ]; b< puback 1 87 {-reason, -user}
[MQTT5-3.5.2-2] [MQTT5-3.5.2-3] a PUBREC says no more than a small packet holds | +b maxPacket 00000015; b> 34 [ @B 0001 [ ] "x" ]; b< pubrec 1 87 {-reason, -user}
[MQTT5-3.6.2-2] [MQTT5-3.6.2-3] a PUBREL says no more than a small packet holds | +b maxPacket 00000015; b> 50 [ 0009 ]; b< pubrel 9 92 {-reason, -user}
[MQTT5-3.7.2-2] [MQTT5-3.7.2-3] a PUBCOMP says no more than a small packet holds | +b maxPacket 00000015; b> 62 [ 0009 ]; b< pubcomp 9 92 {-reason, -user}
[MQTT5-3.9.2-1] [MQTT5-3.9.2-2] a SUBACK says no more than a small packet holds | +b maxPacket 00000015; b> 82 [ 0001 [ ] @B 00 ]; b< suback 1 87 {-reason, -user}
[MQTT5-3.11.2-1] [MQTT5-3.11.2-2] an UNSUBACK says no more than a small packet holds | +b maxPacket 00000015; b> a2 [ 0001 [ ] @B ]; b< unsuback 1 11 {-reason, -user}
[MQTT5-3.14.2-4] a DISCONNECT says no more than a small packet holds | +b maxPacket 00000015; b> 36 00; b< disconnect 81 {-reason, -user}; b!
[MQTT5-3.4.2-2] a PUBACK that refuses says why where it may | +b; b> 32 [ @B 0001 [ ] "x" ]; b< puback 1 87 {reason=*}
[MQTT5-3.5.2-2] a PUBREC that refuses says why where it may | +b; b> 34 [ @B 0001 [ ] "x" ]; b< pubrec 1 87 {reason=*}
[MQTT5-3.5.2-2] refusals keep their words apart | hold; > 34 [ @A 0001 [ ] "x" ] 34 [ 'nowhere' 0002 [ ] "x" ] 32 [ @X 0003 [ ] "x" ]; settle storage_full; < pubrec 1 97 {reason=Cannot store the message}; < pubrec 2 90 {reason=the topic is none of 'channels/<id>/messages' or 'm/<domain>/c/<id>'}; < puback 3 87 {reason=the thing may not publish to this channel}
[MQTT5-3.9.2-1] a SUBACK says why it refuses, where it may | > 82 [ 0001 [ ] @A 00 'nowhere' 00 @X 00 ]; < suback 1 00 8f 87 {reason='nowhere': the filter comes to none of 'channels/<id>/messages' and 'm/<domain>/c/<id>'}
[MQTT5-3.9.2-1] a SUBACK that refuses nothing has nothing to say | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00 {-reason}
[MQTT5-3.1.2-29] request problem information 0: no words on PUBACK and PUBREC | +b requestProblem 00; b> 32 [ @B 0001 [ ] "x" ] 34 [ @B 0002 [ ] "x" ]; b< puback 1 87 {-reason, -user}; b< pubrec 2 87 {-reason, -user}
[MQTT5-3.1.2-29] request problem information 0: no words on SUBACK and UNSUBACK | +b requestProblem 00; b> 82 [ 0001 [ ] @B 00 ] a2 [ 0002 [ ] @B ]; b< suback 1 87 {-reason, -user}; b< unsuback 2 11 {-reason, -user}
[MQTT5-3.1.2-29] request problem information 0: user properties of messages come all the same | +c requestProblem 00; c> 82 [ 0001 [ ] @A 00 ]; c< suback 1 00; > 30 [ @A [ user 'k' 'v' ] "x" ]; c< publish q0 A {user=k:v}: x
[MQTT5-2.2.1-6] SUBACK and UNSUBACK carry the packet id | > 82 [ fffe [ ] @A 00 ]; < suback 65534 00; > a2 [ ffff [ ] @A ]; < unsuback 65535 00
[MQTT5-2.2.1-2] what follows the properties of QoS 0 is its payload | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; > 30 [ @A [ ] "12" ]; < publish q0 A: 12
[MQTT5-4.3.1-1] QoS 0 goes out with QoS 0 and without DUP | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02; +b; b> 30 [ @A [ ] "x" ]; < publish q0 A: x
[MQTT5-4.3.2-1] [MQTT5-4.3.2-2] [MQTT5-3.3.1-3] QoS 1 goes out under an id of its own and without DUP, whatever came | > 82 [ 0001 [ ] @A 01 ]; < suback 1 01; +b; b> 3a [ @A 0001 [ ] "1" ] 3a [ @A 0002 [ ] "2" ]; b< puback 1; b< puback 2; < publish q1 #1 A: 1; < publish q1 #2 A: 2
[MQTT5-4.3.3-1] [MQTT5-4.3.3-2] QoS 2 goes out under an id of its own and without DUP, whatever came | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02; +b; b> 3c [ @A 0001 [ ] "1" ] 3c [ @A 0002 [ ] "2" ]; b< pubrec 1; b< pubrec 2; < publish q2 #1 A: 1; < publish q2 #2 A: 2
[MQTT5-4.3.3-13] an exchange of QoS 2 goes on although its message expired | > 34 [ @A 0001 [ expiry 00000001 ] "x" ]; < pubrec 1; ~ 5s; > 62 [ 0001 ]; < pubcomp 1
[MQTT5-4.6.0-6] topics are ordered without being told to | > 82 [ 0001 [ ] @A# 01 ]; < suback 1 01; +b; b> 32 [ @A 0001 [ ] "1" ] 32 [ @A/s 0002 [ ] "2" ] 32 [ @A 0003 [ ] "3" ]; b< puback 1; b< puback 2; b< puback 3; < publish q1 #x A: 1; < publish q1 #y A/s: 2; < publish q1 #z A: 3
[MQTT5-3.3.4-5] each copy has the identifier of its own subscription | > 82 [ 0001 [ subId 01 ] @A 00 ]; < suback 1 00; > 82 [ 0002 [ subId 02 ] @mA 00 ]; < suback 2 00; +b; b> 30 [ @A [ ] "x" ]; < publish q0 A {subId=1}: x; < publish q0 mA {subId=2}: x
`,
};
