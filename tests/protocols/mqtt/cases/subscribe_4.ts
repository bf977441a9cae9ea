import type { CaseFile } from "./case_file.ts";

export const SUBSCRIBE_4: CaseFile = {
  version: 4,
  about: "SUBSCRIBE and UNSUBSCRIBE",
  refused: `
[MQTT-3.8.1-1] SUBSCRIBE with flags 0 | 80 [ 0001 @A 00 ]
[MQTT-3.8.1-1] SUBSCRIBE with flags 1 | 81 [ 0001 @A 00 ]
[MQTT-3.8.1-1] SUBSCRIBE with flags 3 | 83 [ 0001 @A 00 ]
[MQTT-3.8.1-1] SUBSCRIBE with flags 4 | 84 [ 0001 @A 00 ]
[MQTT-3.8.1-1] SUBSCRIBE with flags 6 | 86 [ 0001 @A 00 ]
[MQTT-3.8.1-1] SUBSCRIBE with flags 10 | 8a [ 0001 @A 00 ]
[MQTT-2.3.1-1] SUBSCRIBE with packet id 0 | 82 [ 0000 @A 00 ]
[MQTT-2.2.2-2] SUBSCRIBE of no bytes | 82 00
[MQTT-2.3.1-1] SUBSCRIBE with half a packet id | 82 01 00
[MQTT-3.8.3-3] SUBSCRIBE without a filter | 82 [ 0001 ]
[MQTT-3.8.3-1] SUBSCRIBE with half the length of a filter | 82 [ 0001 00 ]
[MQTT-3.8.3-1] SUBSCRIBE of a filter that ends after the packet | 82 [ 0001 0003 6162 ]
[MQTT-3.8.3-3] SUBSCRIBE of a filter without its QoS | 82 [ 0001 @A ]
[MQTT-3.8.3-3] SUBSCRIBE of a second filter without its QoS | 82 [ 0001 @A 00 @B ]
[MQTT-3.8.3-4] SUBSCRIBE with QoS 3 | 82 [ 0001 @A 03 ]
[MQTT-3.8.3-4] SUBSCRIBE with QoS 3 behind another | 82 [ 0001 @A 00 @B 03 ]
[MQTT-3.8.3-4] SUBSCRIBE with reserved bit 2 | 82 [ 0001 @A 04 ]
[MQTT-3.8.3-4] SUBSCRIBE with reserved bit 3 | 82 [ 0001 @A 08 ]
[MQTT-3.8.3-4] SUBSCRIBE with reserved bit 4 | 82 [ 0001 @A 10 ]
[MQTT-3.8.3-4] SUBSCRIBE with reserved bit 5 | 82 [ 0001 @A 20 ]
[MQTT-3.8.3-4] SUBSCRIBE with reserved bit 6 | 82 [ 0001 @A 40 ]
[MQTT-3.8.3-4] SUBSCRIBE with reserved bit 7 | 82 [ 0001 @A 80 ]
[MQTT-3.8.3-4] SUBSCRIBE with all reserved bits | 82 [ 0001 @A fc ]
[MQTT-3.8.3-1] SUBSCRIBE of a filter that is no UTF-8 | 82 [ 0001 0001 ff 00 ]
[MQTT-3.8.3-1] SUBSCRIBE of a filter with an encoded surrogate | 82 [ 0001 0003 eda080 00 ]
[MQTT-4.7.3-2] SUBSCRIBE of a filter with U+0000 | 82 [ 0001 0003 610062 00 ]
[MQTT-4.7.3-1] SUBSCRIBE of an empty filter | 82 [ 0001 0000 00 ]
[MQTT-4.7.1-2] SUBSCRIBE with a multi-level wildcard that is not last | 82 [ 0001 'a/#/b' 00 ]
[MQTT-4.7.1-2] SUBSCRIBE with a multi-level wildcard that is not alone | 82 [ 0001 'a/b#' 00 ]
[MQTT-4.7.1-2] SUBSCRIBE with a separator behind a multi-level wildcard | 82 [ 0001 '#/' 00 ]
[MQTT-4.7.1-3] SUBSCRIBE with a single-level wildcard that is not alone | 82 [ 0001 'a/b+/c' 00 ]
[MQTT-4.7.1-3] SUBSCRIBE with two single-level wildcards in a level | 82 [ 0001 '++' 00 ]
[MQTT-3.10.1-1] UNSUBSCRIBE with flags 0 | a0 [ 0001 @A ]
[MQTT-3.10.1-1] UNSUBSCRIBE with flags 1 | a1 [ 0001 @A ]
[MQTT-3.10.1-1] UNSUBSCRIBE with flags 3 | a3 [ 0001 @A ]
[MQTT-3.10.1-1] UNSUBSCRIBE with flags 6 | a6 [ 0001 @A ]
[MQTT-3.10.1-1] UNSUBSCRIBE with flags 10 | aa [ 0001 @A ]
[MQTT-2.3.1-1] UNSUBSCRIBE with packet id 0 | a2 [ 0000 @A ]
[MQTT-2.2.2-2] UNSUBSCRIBE of no bytes | a2 00
[MQTT-3.10.3-2] UNSUBSCRIBE without a filter | a2 [ 0001 ]
[MQTT-3.10.3-1] UNSUBSCRIBE with half the length of a filter | a2 [ 0001 00 ]
[MQTT-3.10.3-1] UNSUBSCRIBE of a filter that ends after the packet | a2 [ 0001 0003 6162 ]
[MQTT-3.10.3-1] UNSUBSCRIBE of a filter that is no UTF-8 | a2 [ 0001 0001 ff ]
[MQTT-4.7.3-2] UNSUBSCRIBE of a filter with U+0000 | a2 [ 0001 0003 610062 ]
[MQTT-4.7.3-1] UNSUBSCRIBE of an empty filter | a2 [ 0001 0000 ]
[MQTT-4.7.1-2] UNSUBSCRIBE with a multi-level wildcard that is not last | a2 [ 0001 '#/a' ]
`,
  talks: `
[MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-2.3.1-7] is answered under its packet id | > 82 [ 1234 @A 00 ]; < suback 4660 00
[MQTT-3.8.4-5] [MQTT-3.9.3-1] [MQTT-3.9.3-2] several filters are answered in their order | > 82 [ 0001 @A 02 @X 01 'nowhere' 01 @B 00 @B# 01 ]; < suback 1 02 80 80 00 01
[MQTT-3.8.4-4] several filters of one packet are as several packets | > 82 [ 0001 @A/1 00 @A/2 00 ]; < suback 1 00 00; > 30 [ @A/2 "x" ]; < publish q0 A/2: x
[MQTT-3.9.3-2] an odd share name is a filter that means nothing here | > 82 [ 0001 '$share/g' 00 '$share//a' 00 ]; < suback 1 80 80
[MQTT-3.10.4-5] and one that was not subscribed to | > a2 [ 0001 '$share/g' ]; < unsuback 1
[MQTT-4.7.1-3] a single-level wildcard in place of the channel | > 82 [ 0001 'channels/+/messages' 00 ]; < suback 1 00; > 30 [ @B "y" ]; < publish q0 B: y
[MQTT-4.7.1-2] a multi-level wildcard takes the level above too | > 82 [ 0001 @A# 00 ]; < suback 1 00; > 30 [ @A "x" ]; < publish q0 A: x; > 30 [ @A/b/c "y" ]; < publish q0 A/b/c: y
[MQTT-4.7.1-3] a single-level wildcard takes one level | > 82 [ 0001 @A+ 00 ]; < suback 1 00; > 30 [ @A "x" ]; > 30 [ @A/b/c "y" ]; > 30 [ @A/b "z" ]; < publish q0 A/b: z
[MQTT-4.7.3-4] filters are compared to the character | > 82 [ 0001 @A/b 00 ]; < suback 1 00; > 30 [ @A/B "x" ]; > 30 [ @A/b/ "y" ]; > 30 [ @A/b "z" ]; < publish q0 A/b: z
[MQTT-4.7.3-4] a slash at the end makes another topic | > 82 [ 0001 @A 00 ]; < suback 1 00; > 30 [ @A/ "x" ]; > 30 [ @A// "y" ]; > 30 [ @A "z" ]; < publish q0 A: z
[MQTT-4.7.3-4] a slash at the end makes another filter | > 82 [ 0001 @A/ 00 ]; < suback 1 00; > 30 [ @A "x" ]; > 30 [ @A// "y" ]; > 30 [ @A/ "z" ]; < publish q0 A/: z
[MQTT-4.7.1-3] a single-level wildcard takes an empty level at the end | > 82 [ 0001 @A+ 00 ]; < suback 1 00; > 30 [ @A "x" ]; > 30 [ @A// "y" ]; > 30 [ @A/ "z" ]; < publish q0 A/: z
[MQTT-4.7.1-3] single-level wildcards take two empty levels | > 82 [ 0001 @A/+/+ 00 ]; < suback 1 00; > 30 [ @A/ "x" ]; > 30 [ @A/// "y" ]; > 30 [ @A// "z" ]; < publish q0 A//: z
[MQTT-4.7.1-2] a multi-level wildcard takes empty levels, and the level above | > 82 [ 0001 @A# 00 ]; < suback 1 00; > 30 [ @A/ "x" ]; < publish q0 A/: x; > 30 [ @A// "y" ]; < publish q0 A//: y
[MQTT-4.7.1-2] a multi-level wildcard behind an empty level takes that one, and not the level above it | > 82 [ 0001 @A//# 00 ]; < suback 1 00; > 30 [ @A "x" ]; > 30 [ @A/ "y" ]; < publish q0 A/: y; > 30 [ @A//b "z" ]; < publish q0 A//b: z
[MQTT-3.8.4-6] QoS 2 to a subscription of QoS 0 | > 82 [ 0001 @A 00 ]; < suback 1 00; +b; b> 34 [ @A 0001 "x" ]; b< pubrec 1; < publish q0 A: x
[MQTT-3.8.4-6] QoS 2 to a subscription of QoS 1 | > 82 [ 0001 @A 01 ]; < suback 1 01; +b; b> 34 [ @A 0001 "x" ]; b< pubrec 1; < publish q1 #x A: x
[MQTT-3.8.4-6] QoS 1 to a subscription of QoS 2 | > 82 [ 0001 @A 02 ]; < suback 1 02; +b; b> 32 [ @A 0001 "x" ]; b< puback 1; < publish q1 #x A: x
[MQTT-3.8.4-6] QoS 0 to a subscription of QoS 2 | > 82 [ 0001 @A 02 ]; < suback 1 02; +b; b> 30 [ @A "x" ]; < publish q0 A: x
[MQTT-3.3.5-1] overlapping filters bring the higher QoS | > 82 [ 0001 @A 00 @A# 01 ]; < suback 1 00 01; +b; b> 32 [ @A 0001 "x" ]; b< puback 1; < publish q1 #x A: x
[MQTT-3.8.4-3] the same filter again replaces the subscription, and retained messages come again | > 33 [ @A 0001 "r" ]; < puback 1; > 82 [ 0002 @A 00 ]; < suback 2 00; < publish q0 retain A: r; > 82 [ 0003 @A 01 ]; < suback 3 01; < publish q1 #x retain A: r; +b; b> 32 [ @A 0001 "x" ]; b< puback 1; < publish q1 #y A: x
[MQTT-4.5.0-1] every subscriber gets the message, whatever its version | > 82 [ 0001 @A 00 ]; < suback 1 00; +b5; b> 82 [ 0001 [ ] @A 01 ]; b< suback 1 01; +c; c> 32 [ @A 0001 "x" ]; c< puback 1; a< publish q0 A: x; b< publish q1 #x A: x
[MQTT-4.6.0-5] [MQTT-4.6.0-6] messages come in their order | > 82 [ 0001 @A 00 ]; < suback 1 00; +b; b> 32 [ @A 0001 "1" ] 32 [ @A 0002 "2" ]; b< puback 1; b< puback 2; < publish q0 A: 1; < publish q0 A: 2
[MQTT-3.3.2-3] each form of a topic comes as it was asked for | > 82 [ 0001 @mA# 00 @/A# 00 ]; < suback 1 00 00; +b; b> 30 [ @A/s "x" ]; < publish q0 mA/s: x; < publish q0 /A/s: x
[MQTT-3.10.4-4] [MQTT-3.10.4-5] UNSUBSCRIBE is answered under its packet id | > a2 [ 1234 @A ]; < unsuback 4660
[MQTT-3.10.4-6] UNSUBSCRIBE of several filters | > 82 [ 0001 @A 00 @B 00 ]; < suback 1 00 00; > a2 [ 0002 @B @X @A ]; < unsuback 2; > 30 [ @A "x" ]
[MQTT-3.10.4-1] UNSUBSCRIBE compares filters to the character | > 82 [ 0001 @A# 00 ]; < suback 1 00; > a2 [ 0002 @A @A+ ]; < unsuback 2; +b; b> 30 [ @A "x" ]; < publish q0 A: x
[MQTT-3.10.4-2] after UNSUBSCRIBE no new messages come | > 82 [ 0001 @A 01 ]; < suback 1 01; > a2 [ 0002 @A ]; < unsuback 2; +b; b> 32 [ @A 0001 "x" ]; b< puback 1
[MQTT-3.10.4-3] what is on its way is completed | > 82 [ 0001 @A 02 ]; < suback 1 02; +b; b> 34 [ @A 0001 "x" ]; b< pubrec 1; < publish q2 #x A: x; > a2 [ 0002 @A ]; < unsuback 2; > 50 [ $x ]; < pubrel $x; > 70 [ $x ]
[MQTT-4.7.2-1] a wildcard at the beginning does not take topics that begin with $ | > 82 [ 0001 '#' 00 ]; < suback 1 00; > 30 [ @A "x" ]; < publish q0 A: x
`,
};
