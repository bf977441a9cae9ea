import type { CaseFile } from "./case_file.ts";

export const PUBLISH_4: CaseFile = {
  version: 4,
  about: "PUBLISH",
  refused: `
[MQTT-3.3.1-4] QoS 3 | 36 [ @A 0001 "x" ]
[MQTT-3.3.1-4] QoS 3 with DUP | 3e [ @A 0001 "x" ]
[MQTT-3.3.1-4] QoS 3 with RETAIN | 37 [ @A 0001 "x" ]
[MQTT-3.3.1-4] QoS 3 with DUP and RETAIN | 3f [ @A 0001 "x" ]
[MQTT-3.3.1-2] QoS 0 with DUP | 38 [ @A "x" ]
[MQTT-3.3.1-2] QoS 0 with DUP and RETAIN | 39 [ @A "x" ]
[MQTT-2.3.1-1] QoS 1 with packet id 0 | 32 [ @A 0000 "x" ]
[MQTT-2.3.1-1] QoS 2 with packet id 0 | 34 [ @A 0000 "x" ]
[MQTT-3.3.2-1] no bytes at all | 30 00
[MQTT-3.3.2-1] one byte of the topic's length | 30 01 00
[MQTT-3.3.2-1] a topic that is longer than the packet | 30 04 0003 612f
[MQTT-2.3.1-1] no packet id, QoS 1 | 32 [ @A ]
[MQTT-2.3.1-1] no packet id, QoS 2 | 34 [ @A ]
[MQTT-2.3.1-1] half a packet id | 32 [ @A 00 ]
[MQTT-4.7.3-1] an empty topic | 30 [ 0000 "x" ]
[MQTT-4.7.3-1] an empty topic, QoS 1 | 32 [ 0000 0001 "x" ]
[MQTT-3.3.2-2] a multi-level wildcard in its topic | 30 [ @A# "x" ]
[MQTT-3.3.2-2] a single-level wildcard in its topic | 30 [ @A+ "x" ]
[MQTT-4.7.1-1] a wildcard inside a level of its topic | 30 [ @A/a+b "x" ]
[MQTT-1.5.3-1] a topic that is no UTF-8 | 30 [ 0003 61ff62 "x" ]
[MQTT-1.5.3-1] a topic with an encoded surrogate D800 | 30 [ 0003 eda080 "x" ]
[MQTT-1.5.3-1] a topic with an encoded surrogate DFFF | 30 [ 0003 edbfbf "x" ]
[MQTT-1.5.3-1] a topic with an overlong slash | 30 [ 0002 c0af "x" ]
[MQTT-1.5.3-1] a topic with a character beyond U+10FFFF | 30 [ 0004 f4908080 "x" ]
[MQTT-1.5.3-1] a topic that ends inside a character | 30 [ 0002 61c3 "x" ]
[MQTT-1.5.3-2] U+0000 in its topic | 30 [ 0003 610062 "x" ]
[MQTT-4.7.3-2] U+0000 as its topic | 30 [ 0001 00 "x" ]
[MQTT-4.8.0-1] a remaining length of five bytes | 30 85 80 80 80 00 0003 612f62
[MQTT-4.8.0-1] a remaining length that never ends | 30 ff ff ff ff ff
[MQTT-4.8.0-1] more bytes than are taken | 30 fdff0f @A (00)*1000
[MQTT-3.3.5-2] a topic that means nothing here | 30 [ 'nowhere' "x" ]
[MQTT-3.3.5-2] a topic that means nothing here, QoS 1 | 32 [ 'nowhere' 0001 "x" ]
[MQTT-3.3.5-2] a channel that does not exist, QoS 1 | 32 [ @X 0001 "x" ]
[MQTT-3.3.5-2] a channel that does not exist, QoS 2 | 34 [ @X 0001 "x" ]
[MQTT-3.3.5-2] a topic of the server itself | 32 [ '$SYS/x' 0001 "x" ]
`,
  talks: `
[MQTT-3.3.4-1] QoS 0 is not answered | > 30 [ @A "x" ]; stored 1
[MQTT-3.3.4-1] [MQTT-4.3.2-2] QoS 1 is answered with PUBACK | > 32 [ @A 0001 "x" ]; < puback 1
[MQTT-3.3.4-1] [MQTT-4.3.3-2] QoS 2 is answered with PUBREC, PUBREL with PUBCOMP | > 34 [ @A 0001 "x" ]; < pubrec 1; > 62 [ 0001 ]; < pubcomp 1
[MQTT-2.3.1-6] every packet id comes back, 255 | > 32 [ @A 00ff ]; < puback 255
[MQTT-2.3.1-6] every packet id comes back, 256 | > 32 [ @A 0100 ]; < puback 256
[MQTT-2.3.1-6] every packet id comes back, 65,535 | > 34 [ @A ffff ]; < pubrec 65535; > 62 [ ffff ]; < pubcomp 65535
[MQTT-4.3.2-2] a message is acknowledged only when it is owned | hold; > 32 [ @A 0001 "x" ]; settle; < puback 1
[MQTT-4.3.2-2] after PUBACK the same packet id is a new message | > 32 [ @A 0001 "x" ]; < puback 1; > 3a [ @A 0001 "x" ]; < puback 1; stored 2
[MQTT-4.3.3-2] QoS 2 that is sent again before PUBREL is not stored again | > 34 [ @A 0001 "x" ]; < pubrec 1; > 3c [ @A 0001 "x" ]; < pubrec 1; stored 1
[MQTT-4.3.3-2] after PUBCOMP the same packet id is a new message | > 34 [ @A 0001 ]; < pubrec 1; > 62 [ 0001 ]; < pubcomp 1; > 34 [ @A 0001 ]; < pubrec 1; stored 2
[MQTT-4.3.3-2] PUBREL for an unknown id is answered | > 62 [ 0009 ]; < pubcomp 9
[MQTT-4.3.3-2] PUBREL that comes again is answered again | > 34 [ @A 0001 ]; < pubrec 1; > 62 [ 0001 ] 62 [ 0001 ]; < pubcomp 1; < pubcomp 1
[MQTT-4.6.0-2] messages are acknowledged in their order | hold; > 32 [ @A 0003 ] 32 [ @A 0001 ] 34 [ @A 0002 ]; settle; < puback 3; < puback 1; < pubrec 2
[MQTT-3.3.5-2] a store that is full closes | hold; > 32 [ @A 0001 "x" ]; settle storage_full; !
[MQTT-3.3.5-2] a channel of others closes | +b; b> 32 [ @B 0001 "x" ]; b!; stored 0
[MQTT-3.3.1-2] DUP on a first delivery of QoS 1 is taken | > 3a [ @A 0001 "x" ]; < puback 1; stored 1
[MQTT-4.8.0-1] a remaining length in more bytes than it needs is taken | > 32 ba 80 00 @A 0001; < puback 1
[MQTT-3.3.2-1] a payload of no bytes | > 30 [ @A ]; stored 1
[MQTT-4.7.3-4] a topic with empty levels | > 82 [ 0001 @A# 00 ]; < suback 1 00; > 30 [ @A//b/ "x" ]; < publish q0 A//b/: x
[MQTT-4.7.3-4] a topic of empty levels comes with as many as it had | > 82 [ 0001 @A# 00 ]; < suback 1 00; > 30 [ @A/ "1" ]; < publish q0 A/: 1; > 30 [ @A// "2" ]; < publish q0 A//: 2; > 30 [ @A/// "3" ]; < publish q0 A///: 3; > 30 [ @A "0" ]; < publish q0 A: 0
[MQTT-4.7.3-4] a slash at the end is kept in every form of topics | > 82 [ 0001 @A# 00 @mA# 00 ]; < suback 1 00 00; > 30 [ @mA/ "x" ]; < publish q0 A/: x; < publish q0 mA/: x
[MQTT-4.7.3-4] a retained message of a topic with a slash at the end is another one | > 33 [ @A/ 0001 "x" ]; < puback 1; > 33 [ @A 0002 "y" ]; < puback 2; > 82 [ 0003 @A/ 00 ]; < suback 3 00; < publish q0 retain A/: x; > 82 [ 0004 @A 00 ]; < suback 4 00; < publish q0 retain A: y
[MQTT-1.5.3-3] a byte order mark in a topic stays | > 82 [ 0001 @A# 00 ]; < suback 1 00; > 30 [ @A/\ufeffb "x" ]; < publish q0 A/\ufeffb: x
[MQTT-3.3.1-5] [MQTT-3.3.1-6] [MQTT-3.3.1-8] a retained message comes to a new subscription with RETAIN | > 33 [ @A 0001 "x" ]; < puback 1; > 82 [ 0002 @A 01 ]; < suback 2 01; < publish q1 #x retain A: x
[MQTT-3.3.1-9] to a subscription that exists it comes without RETAIN | > 82 [ 0001 @A 00 ]; < suback 1 00; > 31 [ @A "x" ]; < publish q0 A: x
[MQTT-3.3.1-5] the last retained message replaces the one before | > 33 [ @A 0001 "x" ]; < puback 1; > 33 [ @A 0002 "y" ]; < puback 2; > 82 [ 0003 @A 00 ]; < suback 3 00; < publish q0 retain A: y
[MQTT-3.3.1-10] [MQTT-3.3.1-11] an empty payload removes the retained message | > 33 [ @A 0001 "x" ]; < puback 1; > 33 [ @A 0002 ]; < puback 2; > 82 [ 0003 @A 00 ]; < suback 3 00
[MQTT-3.3.1-12] a message without RETAIN leaves the retained one alone | > 33 [ @A 0001 "x" ]; < puback 1; > 32 [ @A 0002 "y" ]; < puback 2; > 82 [ 0004 @A 00 ]; < suback 4 00; < publish q0 retain A: x
[MQTT-3.3.1-7] a retained message of QoS 0 comes with QoS 0 | > 31 [ @A "x" ]; > 82 [ 0001 @A 02 ]; < suback 1 02; < publish q0 retain A: x
[MQTT-4.8.0-1] a packet in pieces is one packet | > 32; > 3b; > @A 00; > 01; > "x"; < puback 1
[MQTT-2.3.1-5] QoS 0 has no packet id: what stands in its place is payload | > 82 [ 0001 @A 00 ]; < suback 1 00; > 30 [ @A 3031 "x" ]; < publish q0 A: 01x
[MQTT-4.7.3-3] a topic of 65,535 bytes is read as any other, and means nothing here | > 32 [ ffff ("x")*65535 0001 ]; !
`,
};
