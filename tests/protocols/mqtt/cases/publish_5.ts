import type { CaseFile } from "./case_file.ts";

export const PUBLISH_5: CaseFile = {
  version: 5,
  about: "PUBLISH",
  refused: `
[MQTT5-3.3.1-4] QoS 3 | 36 [ @A 0001 [ ] "x" ] | 81
[MQTT5-3.3.1-4] QoS 3 with DUP | 3e [ @A 0001 [ ] "x" ] | 81
[MQTT5-3.3.1-4] QoS 3 with RETAIN | 37 [ @A 0001 [ ] "x" ] | 81
[MQTT5-3.3.1-4] QoS 3 with DUP and RETAIN | 3f [ @A 0001 [ ] "x" ] | 81
[MQTT5-3.3.1-2] QoS 0 with DUP | 38 [ @A [ ] "x" ] | 81/82
[MQTT5-3.3.1-2] QoS 0 with DUP and RETAIN | 39 [ @A [ ] "x" ] | 81/82
[MQTT5-2.2.1-3] QoS 1 with packet id 0 | 32 [ @A 0000 [ ] "x" ] | 81/82
[MQTT5-2.2.1-3] QoS 2 with packet id 0 | 34 [ @A 0000 [ ] "x" ] | 81/82
[MQTT5-3.3.2-1] no bytes at all | 30 00 | 81
[MQTT5-3.3.2-1] one byte of the topic's length | 30 01 00 | 81
[MQTT5-3.3.2-1] a topic that is longer than the packet | 30 04 0003 612f | 81
[MQTT5-3.3.2-1] a topic of 65,535 bytes in a packet of 3 | 30 03 ffff 61 | 81
[MQTT5-2.2.2-1] no property length, QoS 0 | 30 [ @A ] | 81
[MQTT5-2.2.2-1] no property length, QoS 1 | 32 [ @A 0001 ] | 81
[MQTT5-2.2.2-1] no property length, QoS 2 | 34 [ @A 0001 ] | 81
[MQTT5-2.2.1-3] no packet id, QoS 1 | 32 [ @A ] | 81
[MQTT5-2.2.1-3] half a packet id, QoS 2 | 34 [ @A 00 ] | 81
[MQTT5-4.7.3-1] an empty topic without alias | 30 [ 0000 [ ] "x" ] | 82
[MQTT5-4.7.3-1] an empty topic without alias, QoS 1 | 32 [ 0000 0001 [ ] "x" ] | 82
[MQTT5-3.3.2-2] a multi-level wildcard in its topic | 30 [ @A# [ ] "x" ] | 81/82/90
[MQTT5-3.3.2-2] a single-level wildcard in its topic | 30 [ @A+ [ ] "x" ] | 81/82/90
[MQTT5-4.7.0-1] a wildcard inside a level of its topic | 30 [ @A/a+b [ ] "x" ] | 81/82/90
[MQTT5-4.7.0-1] nothing but a wildcard for its topic | 30 [ '#' [ ] "x" ] | 81/82/90
[MQTT5-1.5.4-1] a topic that is no UTF-8 | 30 [ 0003 61ff62 [ ] "x" ] | 81
[MQTT5-1.5.4-1] a topic with an encoded surrogate D800 | 30 [ 0003 eda080 [ ] "x" ] | 81
[MQTT5-1.5.4-1] a topic with an encoded surrogate DFFF | 30 [ 0003 edbfbf [ ] "x" ] | 81
[MQTT5-1.5.4-1] a topic with a pair of encoded surrogates | 30 [ 0006 eda080edb080 [ ] "x" ] | 81
[MQTT5-1.5.4-1] a topic with an overlong slash | 30 [ 0002 c0af [ ] "x" ] | 81
[MQTT5-1.5.4-1] a topic with a character beyond U+10FFFF | 30 [ 0004 f4908080 [ ] "x" ] | 81
[MQTT5-1.5.4-1] a topic that ends inside a character | 30 [ 0002 61c3 [ ] "x" ] | 81
[MQTT5-1.5.4-1] a topic with a lone continuation byte | 30 [ 0002 6180 [ ] "x" ] | 81
[MQTT5-1.5.4-2] U+0000 in its topic | 30 [ 0003 610062 [ ] "x" ] | 81
[MQTT5-4.7.3-2] U+0000 as its topic | 30 [ 0001 00 [ ] "x" ] | 81
[MQTT5-1.5.5-1] a remaining length in two bytes that needs one | 30 85 00 0001 61 00 78 | 81
[MQTT5-1.5.5-1] a remaining length in three bytes that needs one | 30 85 80 00 0001 61 00 78 | 81
[MQTT5-1.5.5-1] a remaining length in four bytes that needs one | 30 85 80 80 00 0001 61 00 78 | 81
[MQTT5-4.13.1-1] a remaining length of five bytes | 30 85 80 80 80 00 0001 61 00 78 | 81
[MQTT5-4.13.1-1] a remaining length that never ends | 30 ff ff ff ff ff | 81
[MQTT5-1.5.5-1] a property length in two bytes that needs one | 30 [ @A 80 00 "x" ] | 81
[MQTT5-1.5.5-1] a property length of 2 in three bytes | 30 [ @A 82 80 00 0101 "x" ] | 81
[MQTT5-4.13.1-1] a property length of five bytes | 30 [ @A 82 80 80 80 00 0101 "x" ] | 81
[MQTT5-4.13.1-1] properties that end after the packet | 30 [ @A 03 0101 ] | 81
[MQTT5-4.13.1-1] a property length that ends after the packet | 30 [ @A 80 ] | 81
[MQTT5-4.13.1-1] a property of which only the identifier stands there | 30 [ @A [ alias ] "x" ] | 81
[MQTT5-4.13.1-1] a property identifier that is none: 0 | 30 [ @A [ 00 ] "x" ] | 81
[MQTT5-4.13.1-1] a property identifier that is none: 0x04 | 30 [ @A [ 04 00 ] "x" ] | 81
[MQTT5-4.13.1-1] a property identifier that is none: 0x2b | 30 [ @A [ 2b 00 ] "x" ] | 81
[MQTT5-4.13.1-1] a property identifier that is none: 0x7f | 30 [ @A [ 7f 00 ] "x" ] | 81
[MQTT5-4.13.1-1] a property identifier that is none: 300 | 30 [ @A [ ac 02 00 ] "x" ] | 81
[MQTT5-1.5.5-1] a property identifier in two bytes that needs one | 30 [ @A [ 81 00 01 ] "x" ] | 81
[MQTT5-3.3.2-4] a payload format that is neither 0 nor 1 | 30 [ @A [ format 02 ] "x" ] | 81/82
[MQTT5-3.3.2-4] a payload format of 0xff | 30 [ @A [ format ff ] "x" ] | 81/82
[MQTT5-3.3.2-8] topic alias 0 | 30 [ @A [ alias 0000 ] "x" ] | 94/82
[MQTT5-3.3.2-8] topic alias 0 without a topic | 30 [ 0000 [ alias 0000 ] "x" ] | 94/82
[MQTT5-3.3.2-9] a topic alias above the server's maximum | 30 [ @A [ alias 0041 ] "x" ] | 94
[MQTT5-3.3.2-9] the largest topic alias there is | 30 [ @A [ alias ffff ] "x" ] | 94
[MQTT5-3.3.2-7] a topic alias that was given no topic | 30 [ 0000 [ alias 0001 ] "x" ] | 82
[MQTT5-3.3.2-14] a response topic with a multi-level wildcard | 30 [ @A [ response 'r/#' ] "x" ] | 81/82
[MQTT5-3.3.2-14] a response topic with a single-level wildcard | 30 [ @A [ response '+/r' ] "x" ] | 81/82
[MQTT5-4.7.3-1] an empty response topic | 30 [ @A [ response '' ] "x" ] | 81/82
[MQTT5-3.3.4-6] a subscription identifier | 30 [ @A [ subId 01 ] "x" ] | 81/82
[MQTT5-3.3.4-6] a subscription identifier of 0 | 30 [ @A [ subId 00 ] "x" ] | 81/82
[MQTT5-3.2.2-15] more bytes than the server's maximum packet size | 30 fdff0f @A [ ] (00)*1000 | 95
[MQTT5-3.3.2-13] a response topic that is no UTF-8 | 30 [ @A [ response 0001 ff ] "x" ] | 81
[MQTT5-3.3.2-19] a content type that is no UTF-8 | 30 [ @A [ type 0001 ff ] "x" ] | 81
`,
  talks: `
[MQTT5-3.3.4-1] QoS 0 is not answered | > 30 [ @A [ ] "x" ]; stored 1
[MQTT5-3.3.4-1] [MQTT5-4.3.2-4] QoS 1 is answered with PUBACK | > 32 [ @A 0001 [ ] "x" ]; < puback 1
[MQTT5-3.3.4-1] [MQTT5-4.3.3-8] QoS 2 is answered with PUBREC | > 34 [ @A 0001 [ ] "x" ]; < pubrec 1
[MQTT5-2.2.1-5] every packet id comes back, 1 | > 32 [ @A 0001 [ ] ]; < puback 1
[MQTT5-2.2.1-5] every packet id comes back, 255 | > 32 [ @A 00ff [ ] ]; < puback 255
[MQTT5-2.2.1-5] every packet id comes back, 256 | > 32 [ @A 0100 [ ] ]; < puback 256
[MQTT5-2.2.1-5] every packet id comes back, 65,535 | > 34 [ @A ffff [ ] ]; < pubrec 65535; > 62 [ ffff ]; < pubcomp 65535
[MQTT5-4.3.2-4] a message is acknowledged only when it is owned | hold; > 32 [ @A 0001 [ ] "x" ]; settle; < puback 1
[MQTT5-4.3.3-8] a message of QoS 2 is acknowledged only when it is owned | hold; > 34 [ @A 0001 [ ] "x" ]; settle; < pubrec 1
[MQTT5-4.3.2-5] after PUBACK the same packet id is a new message | > 32 [ @A 0001 [ ] "x" ]; < puback 1; > 3a [ @A 0001 [ ] "x" ]; < puback 1; stored 2
[MQTT5-4.3.3-10] QoS 2 that is sent again before PUBREL is not stored again | > 34 [ @A 0001 [ ] "x" ]; < pubrec 1; > 3c [ @A 0001 [ ] "x" ]; < pubrec 1; stored 1
[MQTT5-4.3.3-10] QoS 2 that is sent again without DUP is not stored again | > 34 [ @A 0001 [ ] "x" ]; < pubrec 1; > 34 [ @A 0001 [ ] "x" ]; < pubrec 1; stored 1
[MQTT5-4.3.3-11] PUBREL is answered with PUBCOMP | > 34 [ @A 0001 [ ] "x" ]; < pubrec 1; > 62 [ 0001 ]; < pubcomp 1
[MQTT5-4.3.3-12] after PUBCOMP the same packet id is a new message | > 34 [ @A 0001 [ ] ]; < pubrec 1; > 62 [ 0001 ]; < pubcomp 1; > 34 [ @A 0001 [ ] ]; < pubrec 1; stored 2
[MQTT5-4.3.3-11] PUBREL for an unknown id is answered with 0x92 | > 62 [ 0009 ]; < pubcomp 9 92
[MQTT5-4.3.3-11] PUBREL after PUBCOMP is answered with 0x92 | > 34 [ @A 0001 [ ] ]; < pubrec 1; > 62 [ 0001 ] 62 [ 0001 ]; < pubcomp 1; < pubcomp 1 92
[MQTT5-4.3.3-11] PUBREL with a reason and properties | > 34 [ @A 0001 [ ] ]; < pubrec 1; > 62 [ 0001 00 [ reason 'r' user 'k' 'v' ] ]; < pubcomp 1
[MQTT5-4.6.0-5] messages of QoS 1 are acknowledged in their order | hold; > 32 [ @A 0003 [ ] ] 32 [ @A 0001 [ ] ] 32 [ @A 0002 [ ] ]; settle; < puback 3; < puback 1; < puback 2
[MQTT5-3.3.1-2] DUP on a first delivery of QoS 1 is taken | > 3a [ @A 0001 [ ] "x" ]; < puback 1; stored 1
[MQTT5-3.3.2-1] a payload of no bytes | > 32 [ @A 0001 [ ] ]; < puback 1; stored 1
[MQTT5-4.7.3-4] a topic with empty levels | > 82 [ 0001 [ ] @A# 00 ]; < suback 1 00; > 30 [ @A//b/ [ ] "x" ]; < publish q0 A//b/: x
[MQTT5-4.7.3-4] a topic of empty levels comes with as many as it had | > 82 [ 0001 [ ] @A# 00 ]; < suback 1 00; > 30 [ @A/ [ ] "1" ]; < publish q0 A/: 1; > 30 [ @A// [ ] "2" ]; < publish q0 A//: 2; > 30 [ @A/// [ ] "3" ]; < publish q0 A///: 3; > 30 [ @A [ ] "0" ]; < publish q0 A: 0
[MQTT5-4.7.3-4] a slash at the end is kept in every form of topics | > 82 [ 0001 [ ] @A# 00 @mA# 00 ]; < suback 1 00 00; > 30 [ @mA/ [ ] "x" ]; < publish q0 A/: x; < publish q0 mA/: x
[MQTT5-4.7.3-4] a retained message of a topic with a slash at the end is another one | > 33 [ @A/ 0001 [ ] "x" ]; < puback 1; > 33 [ @A 0002 [ ] "y" ]; < puback 2; > 82 [ 0003 [ ] @A/ 00 ]; < suback 3 00; < publish q0 retain A/: x; > 82 [ 0004 [ ] @A 00 ]; < suback 4 00; < publish q0 retain A: y
[MQTT5-1.5.4-3] a byte order mark in a topic stays | > 82 [ 0001 [ ] @A# 00 ]; < suback 1 00; > 30 [ @A/\ufeffb [ ] "x" ]; < publish q0 A/\ufeffb: x
[MQTT5-3.3.4-1] a topic that means nothing here, QoS 1, is answered with 0x90 | > 32 [ 'nowhere' 0001 [ ] "x" ]; < puback 1 90; stored 0
[MQTT5-3.3.4-1] a topic that means nothing here, QoS 2, is answered with 0x90 | > 34 [ 'nowhere' 0001 [ ] "x" ]; < pubrec 1 90; stored 0
[MQTT5-3.3.4-1] a topic of the server itself is answered with 0x90 | > 32 [ '$SYS/x' 0001 [ ] "x" ]; < puback 1 90
[MQTT5-3.3.4-1] a channel that does not exist, QoS 1, is answered with 0x87 | > 32 [ @X 0001 [ ] "x" ]; < puback 1 87; stored 0
[MQTT5-3.3.4-1] a channel of others, QoS 1, is answered with 0x87 | +b; b> 32 [ @B 0001 [ ] "x" ]; b< puback 1 87; stored 0
[MQTT5-3.3.4-1] a channel of others, QoS 2, is answered with 0x87 | +b; b> 34 [ @B 0001 [ ] "x" ]; b< pubrec 1 87; stored 0
[MQTT5-3.4.2-1] a channel of others, QoS 0, ends the connection with 0x87 | +b; b> 30 [ @B [ ] "x" ]; b< disconnect 87; b!; stored 0
[MQTT5-4.3.3-9] after a PUBREC that refused the same packet id is a new message | > 34 [ @X 0001 [ ] "x" ]; < pubrec 1 87; > 34 [ @A 0001 [ ] "x" ]; < pubrec 1; stored 1
[MQTT5-4.3.3-11] after a PUBREC that refused there is nothing to release | > 34 [ @X 0001 [ ] "x" ]; < pubrec 1 87; > 62 [ 0001 ]; < pubcomp 1 92
[MQTT5-3.4.2-1] a full store answers QoS 1 with 0x97 | hold; > 32 [ @A 0001 [ ] "x" ]; settle storage_full; < puback 1 97
[MQTT5-3.5.2-1] a full store answers QoS 2 with 0x97 | hold; > 34 [ @A 0001 [ ] "x" ]; settle storage_full; < pubrec 1 97
[MQTT5-3.4.2-1] a payload that the channel refuses is answered with 0x99 | hold; > 32 [ @A 0001 [ ] "x" ]; settle invalid; < puback 1 99
[MQTT5-3.4.2-1] rights that were taken away meanwhile are answered with 0x87 | hold; > 32 [ @A 0001 [ ] "x" ]; settle forbidden; < puback 1 87
[MQTT5-3.3.2-4] a payload that is said to be UTF-8 and is not, QoS 1 | > 32 [ @A 0001 [ format 01 ] ff ]; < puback 1 99; stored 0
[MQTT5-3.3.2-4] a payload that is said to be UTF-8 and is not, QoS 0 | > 30 [ @A [ format 01 ] ff ]; < disconnect 99; !; stored 0
[MQTT5-3.3.2-4] a payload that is not said to be UTF-8 may be anything | > 32 [ @A 0001 [ format 00 ] ff ]; < puback 1; stored 1
[MQTT5-4.13.1-1] a packet in two pieces is one packet | > 32 0b; > 0001 61; > 0001 00 (78)*5; < puback 1 90
[MQTT5-4.13.1-1] two packets in one piece are two packets | > 32 [ @A 0001 [ ] ] c0 00; < pingresp; < puback 1
[MQTT5-2.2.1-2] QoS 0 has no packet id: what stands in its place is payload | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; > 30 [ @A [ ] 3031 "x" ]; < publish q0 A: 01x
[MQTT5-4.7.3-3] a topic of 65,535 bytes is a topic like any other | > 32 [ ffff ("x")*65535 0001 [ ] ]; < puback 1 90
`,
};
