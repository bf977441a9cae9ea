import type { CaseFile } from "./case_file.ts";

export const SUBSCRIBE_5: CaseFile = {
  version: 5,
  about: "SUBSCRIBE",
  refused: `
[MQTT5-3.8.1-1] flags 0 | 80 [ 0001 [ ] @A 00 ] | 81
[MQTT5-3.8.1-1] flags 1 | 81 [ 0001 [ ] @A 00 ] | 81
[MQTT5-3.8.1-1] flags 3 | 83 [ 0001 [ ] @A 00 ] | 81
[MQTT5-3.8.1-1] flags 4 | 84 [ 0001 [ ] @A 00 ] | 81
[MQTT5-3.8.1-1] flags 6 | 86 [ 0001 [ ] @A 00 ] | 81
[MQTT5-3.8.1-1] flags 10 | 8a [ 0001 [ ] @A 00 ] | 81
[MQTT5-3.8.1-1] flags 15 | 8f [ 0001 [ ] @A 00 ] | 81
[MQTT5-2.2.1-3] packet id 0 | 82 [ 0000 [ ] @A 00 ] | 81/82
[MQTT5-4.13.1-1] no bytes at all | 82 00 | 81
[MQTT5-4.13.1-1] half a packet id | 82 01 00 | 81
[MQTT5-2.2.2-1] no property length | 82 [ 0001 ] | 81
[MQTT5-3.8.3-2] no filter | 82 [ 0001 [ ] ] | 82
[MQTT5-3.8.3-2] no filter but properties | 82 [ 0001 [ user 'k' 'v' ] ] | 82
[MQTT5-3.8.3-1] a filter that ends after the packet | 82 [ 0001 [ ] 0003 6162 ] | 81
[MQTT5-3.8.3-1] half the length of a filter | 82 [ 0001 [ ] 00 ] | 81
[MQTT5-3.8.3-2] a filter without its options | 82 [ 0001 [ ] @A ] | 81
[MQTT5-3.8.3-2] a second filter without its options | 82 [ 0001 [ ] @A 00 @B ] | 81
[MQTT5-3.8.3-5] reserved bit 6 of the options | 82 [ 0001 [ ] @A 40 ] | 81
[MQTT5-3.8.3-5] reserved bit 7 of the options | 82 [ 0001 [ ] @A 80 ] | 81
[MQTT5-3.8.3-5] both reserved bits of the options | 82 [ 0001 [ ] @A c2 ] | 81
[MQTT5-3.8.3-5] a reserved bit of the second options | 82 [ 0001 [ ] @A 00 @B 40 ] | 81
[MQTT5-4.13.1-1] maximum QoS 3 | 82 [ 0001 [ ] @A 03 ] | 82
[MQTT5-4.13.1-1] maximum QoS 3 in the second options | 82 [ 0001 [ ] @A 01 @B 03 ] | 82
[MQTT5-4.13.1-1] retain handling 3 | 82 [ 0001 [ ] @A 30 ] | 82
[MQTT5-4.13.1-1] retain handling 3 with QoS 1 | 82 [ 0001 [ ] @A 31 ] | 82
[MQTT5-4.13.1-1] subscription identifier 0 | 82 [ 0001 [ subId 00 ] @A 00 ] | 82
[MQTT5-1.5.5-1] a subscription identifier in more bytes than it needs | 82 [ 0001 [ subId 81 00 ] @A 00 ] | 81
[MQTT5-4.13.1-1] a subscription identifier of five bytes | 82 [ 0001 [ subId ff ff ff ff 01 ] @A 00 ] | 81
[MQTT5-4.13.1-1] two subscription identifiers | 82 [ 0001 [ subId 01 subId 02 ] @A 00 ] | 82
[MQTT5-3.8.3-1] a filter that is no UTF-8 | 82 [ 0001 [ ] 0001 ff 00 ] | 81
[MQTT5-3.8.3-1] a filter with an encoded surrogate | 82 [ 0001 [ ] 0003 eda080 00 ] | 81
[MQTT5-4.7.3-2] a filter with U+0000 | 82 [ 0001 [ ] 0003 610062 00 ] | 81
[MQTT5-4.7.3-1] an empty filter | 82 [ 0001 [ ] 0000 00 ] | 81/82/8f
[MQTT5-4.7.3-1] an empty filter behind another | 82 [ 0001 [ ] @A 00 0000 00 ] | 81/82/8f
[MQTT5-4.7.1-1] a multi-level wildcard that is not last | 82 [ 0001 [ ] 'a/#/b' 00 ] | 81/82/8f
[MQTT5-4.7.1-1] a multi-level wildcard that is not alone in its level | 82 [ 0001 [ ] 'a/b#' 00 ] | 81/82/8f
[MQTT5-4.7.1-1] a multi-level wildcard with a separator behind it | 82 [ 0001 [ ] '#/' 00 ] | 81/82/8f
[MQTT5-4.7.1-1] two multi-level wildcards | 82 [ 0001 [ ] 'a/##' 00 ] | 81/82/8f
[MQTT5-4.7.1-2] a single-level wildcard that is not alone in its level | 82 [ 0001 [ ] 'a/b+/c' 00 ] | 81/82/8f
[MQTT5-4.7.1-2] a single-level wildcard before other characters | 82 [ 0001 [ ] '+a' 00 ] | 81/82/8f
[MQTT5-4.7.1-2] two single-level wildcards in one level | 82 [ 0001 [ ] 'a/++' 00 ] | 81/82/8f
[MQTT5-4.7.1-1] both wildcards in one level | 82 [ 0001 [ ] 'a/+#' 00 ] | 81/82/8f
[MQTT5-4.8.2-1] a shared subscription with an empty name | 82 [ 0001 [ ] '$share//a' 00 ] | 81/82/8f
[MQTT5-4.8.2-2] a shared subscription without a filter | 82 [ 0001 [ ] '$share/g' 00 ] | 81/82/8f
[MQTT5-4.8.2-2] a shared subscription with an empty filter | 82 [ 0001 [ ] '$share/g/' 00 ] | 81/82/8f
[MQTT5-4.8.2-2] a shared subscription with a wildcard in its name | 82 [ 0001 [ ] '$share/g+/a' 00 ] | 81/82/8f
[MQTT5-4.8.2-2] a shared subscription with a multi-level wildcard for a name | 82 [ 0001 [ ] '$share/#/a' 00 ] | 81/82/8f
[MQTT5-4.7.1-1] a shared subscription of a filter that is none | 82 [ 0001 [ ] '$share/g/#/a' 00 ] | 81/82/8f
[MQTT5-3.8.3-4] no local on a shared subscription | 82 [ 0001 [ ] @$share/g/A 04 ] | 82
[MQTT5-3.8.3-4] no local on a shared subscription behind another | 82 [ 0001 [ ] @A 00 @$share/g/A 05 ] | 82
[MQTT5-1.5.5-1] a remaining length in more bytes than it needs | 82 87 00 0001 00 0001 61 00 | 81
`,
  talks: `
[MQTT5-2.2.1-6] [MQTT5-3.8.4-1] [MQTT5-3.8.4-2] is answered under its packet id | > 82 [ 1234 [ ] @A 00 ]; < suback 4660 00
[MQTT5-3.8.4-7] QoS 0 is granted | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00
[MQTT5-3.8.4-7] QoS 1 is granted | > 82 [ 0001 [ ] @A 01 ]; < suback 1 01
[MQTT5-3.8.4-7] QoS 2 is granted | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02
[MQTT5-3.8.4-5] [MQTT5-3.8.4-6] [MQTT5-3.9.3-1] several filters are answered in their order | > 82 [ 0001 [ ] @A 02 @X 01 'nowhere' 01 @B 00 ]; < suback 1 02 87 8f 00
[MQTT5-3.9.3-2] a filter that nothing can match is answered with 0x8F | > 82 [ 0001 [ ] 'nowhere' 00 ]; < suback 1 8f
[MQTT5-3.9.3-2] a channel of others is answered with 0x87 | +b; b> 82 [ 0001 [ ] @B 00 ]; b< suback 1 87
[MQTT5-3.9.3-2] topics of the server itself are answered with 0x8F | > 82 [ 0001 [ ] '$SYS/#' 00 ]; < suback 1 8f
[MQTT5-3.8.4-1] user properties are taken | > 82 [ 0001 [ user 'k' 'v' user 'k' 'v' ] @A 00 ]; < suback 1 00
[MQTT5-4.7.1-2] a single-level wildcard in place of the channel | > 82 [ 0001 [ ] 'channels/+/messages' 00 ]; < suback 1 00; > 30 [ @A [ ] "x" ]; < publish q0 A: x; > 30 [ @B [ ] "y" ]; < publish q0 B: y
[MQTT5-4.7.1-1] a multi-level wildcard takes the level above too | > 82 [ 0001 [ ] @A# 00 ]; < suback 1 00; > 30 [ @A [ ] "x" ]; < publish q0 A: x; > 30 [ @A/b/c [ ] "y" ]; < publish q0 A/b/c: y
[MQTT5-4.7.1-2] a single-level wildcard takes one level | > 82 [ 0001 [ ] @A+ 00 ]; < suback 1 00; > 30 [ @A [ ] "x" ]; > 30 [ @A/b/c [ ] "y" ]; > 30 [ @A/b [ ] "z" ]; < publish q0 A/b: z
[MQTT5-4.7.1-2] a single-level wildcard takes an empty level | > 82 [ 0001 [ ] @A/+/b 00 ]; < suback 1 00; > 30 [ @A//b [ ] "x" ]; < publish q0 A//b: x
[MQTT5-4.7.1-2] wildcards in the middle | > 82 [ 0001 [ ] @A/+/c 00 ]; < suback 1 00; > 30 [ @A/b/c [ ] "x" ]; < publish q0 A/b/c: x; > 30 [ @A/b/d [ ] "y" ]
[MQTT5-4.7.3-4] filters are compared to the character | > 82 [ 0001 [ ] @A/b 00 ]; < suback 1 00; > 30 [ @A/B [ ] "x" ]; > 30 [ @A/b/ [ ] "y" ]; > 30 [ @A/b [ ] "z" ]; < publish q0 A/b: z
[MQTT5-4.7.3-4] a slash at the end makes another topic | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; > 30 [ @A/ [ ] "x" ]; > 30 [ @A// [ ] "y" ]; > 30 [ @A [ ] "z" ]; < publish q0 A: z
[MQTT5-4.7.3-4] a slash at the end makes another filter | > 82 [ 0001 [ ] @A/ 00 ]; < suback 1 00; > 30 [ @A [ ] "x" ]; > 30 [ @A// [ ] "y" ]; > 30 [ @A/ [ ] "z" ]; < publish q0 A/: z
[MQTT5-4.7.1-2] a single-level wildcard takes an empty level at the end | > 82 [ 0001 [ ] @A+ 00 ]; < suback 1 00; > 30 [ @A [ ] "x" ]; > 30 [ @A// [ ] "y" ]; > 30 [ @A/ [ ] "z" ]; < publish q0 A/: z
[MQTT5-4.7.1-2] single-level wildcards take two empty levels | > 82 [ 0001 [ ] @A/+/+ 00 ]; < suback 1 00; > 30 [ @A/ [ ] "x" ]; > 30 [ @A/// [ ] "y" ]; > 30 [ @A// [ ] "z" ]; < publish q0 A//: z
[MQTT5-4.7.1-1] a multi-level wildcard takes empty levels, and the level above | > 82 [ 0001 [ ] @A# 00 ]; < suback 1 00; > 30 [ @A/ [ ] "x" ]; < publish q0 A/: x; > 30 [ @A// [ ] "y" ]; < publish q0 A//: y
[MQTT5-4.7.1-1] a multi-level wildcard behind an empty level takes that one, and not the level above it | > 82 [ 0001 [ ] @A//# 00 ]; < suback 1 00; > 30 [ @A [ ] "x" ]; > 30 [ @A/ [ ] "y" ]; < publish q0 A/: y; > 30 [ @A//b [ ] "z" ]; < publish q0 A//b: z
[MQTT5-4.7.3-4] composed and decomposed characters are not the same | > 82 [ 0001 [ ] @A/\u00e9 00 ]; < suback 1 00; > 30 [ @A/e\u0301 [ ] "x" ]; > 30 [ @A/\u00e9 [ ] "y" ]; < publish q0 A/\u00e9: y
[MQTT5-4.7.2-1] a wildcard at the beginning does not take topics that begin with $ | > 82 [ 0001 [ ] '#' 00 '+/A' 00 ]; < suback 1 00 8f; > 32 [ '$SYS/a' 0001 [ ] "x" ]; < puback 1 90
[MQTT5-3.8.4-8] a message of QoS 2 to a subscription of QoS 0 | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 34 [ @A 0001 [ ] "x" ]; b< pubrec 1; < publish q0 A: x
[MQTT5-3.8.4-8] a message of QoS 2 to a subscription of QoS 1 | > 82 [ 0001 [ ] @A 01 ]; < suback 1 01; +b; b> 34 [ @A 0001 [ ] "x" ]; b< pubrec 1; < publish q1 #x A: x
[MQTT5-3.8.4-8] a message of QoS 1 to a subscription of QoS 2 | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02; +b; b> 32 [ @A 0001 [ ] "x" ]; b< puback 1; < publish q1 #x A: x
[MQTT5-3.8.4-8] a message of QoS 0 to a subscription of QoS 2 | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02; +b; b> 30 [ @A [ ] "x" ]; < publish q0 A: x
[MQTT5-3.8.4-8] a message of QoS 1 to a subscription of QoS 0 | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 32 [ @A 0001 [ ] "x" ]; b< puback 1; < publish q0 A: x
[MQTT5-3.8.4-8] a message of QoS 2 to a subscription of QoS 2 | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02; +b; b> 34 [ @A 0001 [ ] "x" ]; b< pubrec 1; < publish q2 #x A: x
[MQTT5-3.8.4-3] the same filter again replaces the subscription | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; > 82 [ 0002 [ ] @A 01 ]; < suback 2 01; +b; b> 32 [ @A 0001 [ ] "x" ]; b< puback 1; < publish q1 #x A: x
[MQTT5-3.8.4-3] the same filter again replaces its options | > 82 [ 0001 [ subId 01 ] @A 08 ]; < suback 1 00; > 82 [ 0002 [ subId 02 ] @A 00 ]; < suback 2 00; +b; b> 31 [ @A [ ] "x" ]; < publish q0 A {subId=2}: x
[MQTT5-3.8.4-3] the same filter twice in one packet is one subscription | > 82 [ 0001 [ ] @A 00 @A 01 ]; < suback 1 00 01; +b; b> 32 [ @A 0001 [ ] "x" ]; b< puback 1; < publish q1 #x A: x
[MQTT5-3.3.2-3] each form of a topic comes as it was asked for | > 82 [ 0001 [ ] @mA# 00 ]; < suback 1 00; +b; b> 30 [ @A/s [ ] "x" ]; < publish q0 mA/s: x
[MQTT5-3.3.2-3] the leading slash comes as it was asked for | > 82 [ 0001 [ ] @/A# 00 ]; < suback 1 00; +b; b> 30 [ @mA/s [ ] "x" ]; < publish q0 /A/s: x
[MQTT5-4.5.0-1] every subscriber gets the message | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 82 [ 0001 [ ] @A 01 ]; b< suback 1 01; +c; c> 32 [ @A 0001 [ ] "x" ]; c< puback 1; a< publish q0 A: x; b< publish q1 #x A: x
[MQTT5-4.5.0-1] subscribers of both versions get the message | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b4; b> 82 [ 0001 @A 01 ]; b< suback 1 01; +c; c> 32 [ @A 0001 [ user 'k' 'v' ] "x" ]; c< puback 1; a< publish q0 A {user=k:v}: x; b< publish q1 #x A: x
[MQTT5-4.6.0-6] [MQTT5-4.6.0-5] messages come in their order | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +b; b> 32 [ @A 0001 [ ] "1" ] 32 [ @A 0002 [ ] "2" ] 32 [ @A 0003 [ ] "3" ]; b< puback 1; b< puback 2; b< puback 3; < publish q0 A: 1; < publish q0 A: 2; < publish q0 A: 3
`,
};
