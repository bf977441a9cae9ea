import type { CaseFile } from "./case_file.ts";

export const UNSUBSCRIBE_5: CaseFile = {
  version: 5,
  about: "UNSUBSCRIBE",
  refused: `
[MQTT5-3.10.1-1] flags 0 | a0 [ 0001 [ ] @A ] | 81
[MQTT5-3.10.1-1] flags 1 | a1 [ 0001 [ ] @A ] | 81
[MQTT5-3.10.1-1] flags 3 | a3 [ 0001 [ ] @A ] | 81
[MQTT5-3.10.1-1] flags 4 | a4 [ 0001 [ ] @A ] | 81
[MQTT5-3.10.1-1] flags 6 | a6 [ 0001 [ ] @A ] | 81
[MQTT5-3.10.1-1] flags 10 | aa [ 0001 [ ] @A ] | 81
[MQTT5-2.2.1-3] packet id 0 | a2 [ 0000 [ ] @A ] | 81/82
[MQTT5-4.13.1-1] no bytes at all | a2 00 | 81
[MQTT5-4.13.1-1] half a packet id | a2 01 00 | 81
[MQTT5-2.2.2-1] no property length | a2 [ 0001 ] | 81
[MQTT5-3.10.3-2] no filter | a2 [ 0001 [ ] ] | 82
[MQTT5-3.10.3-2] no filter but properties | a2 [ 0001 [ user 'k' 'v' ] ] | 82
[MQTT5-3.10.3-1] half the length of a filter | a2 [ 0001 [ ] 00 ] | 81
[MQTT5-3.10.3-1] a filter that ends after the packet | a2 [ 0001 [ ] 0003 6162 ] | 81
[MQTT5-3.10.3-1] a second filter that ends after the packet | a2 [ 0001 [ ] @A 0003 6162 ] | 81
[MQTT5-3.10.3-1] a filter that is no UTF-8 | a2 [ 0001 [ ] 0001 ff ] | 81
[MQTT5-3.10.3-1] a filter with an encoded surrogate | a2 [ 0001 [ ] 0003 edbfbf ] | 81
[MQTT5-4.7.3-2] a filter with U+0000 | a2 [ 0001 [ ] 0003 610062 ] | 81
[MQTT5-4.7.3-1] an empty filter | a2 [ 0001 [ ] 0000 ] | 81/82/8f
[MQTT5-4.7.1-1] a multi-level wildcard that is not last | a2 [ 0001 [ ] '#/a' ] | 81/82/8f
[MQTT5-4.7.1-2] a single-level wildcard that is not alone in its level | a2 [ 0001 [ ] 'a+' ] | 81/82/8f
[MQTT5-4.8.2-2] a shared subscription without a filter | a2 [ 0001 [ ] '$share/g' ] | 81/82/8f
[MQTT5-1.5.5-1] a remaining length in more bytes than it needs | a2 86 00 0001 00 0001 61 | 81
`,
  talks: `
[MQTT5-2.2.1-6] [MQTT5-3.10.4-4] [MQTT5-3.10.4-5] is answered under its packet id | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; > a2 [ 1234 [ ] @A ]; < unsuback 4660 00
[MQTT5-3.11.3-2] a filter that was not subscribed to is answered with 0x11 | > a2 [ 0001 [ ] @A ]; < unsuback 1 11
[MQTT5-3.11.3-2] a filter that means nothing here is answered with 0x11 | > a2 [ 0001 [ ] 'nowhere' ]; < unsuback 1 11
[MQTT5-3.10.4-6] [MQTT5-3.11.3-1] several filters are answered in their order | > 82 [ 0001 [ ] @A 00 @B 00 ]; < suback 1 00 00; > a2 [ 0002 [ ] @B @X @A ]; < unsuback 2 00 11 00
[MQTT5-3.10.4-6] the same filter twice | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; > a2 [ 0002 [ ] @A @A ]; < unsuback 2 00 11
[MQTT5-3.10.4-1] filters are compared to the character | > 82 [ 0001 [ ] @A# 00 ]; < suback 1 00; > a2 [ 0002 [ ] @A @A+ ]; < unsuback 2 11 11; +b; b> 30 [ @A [ ] "x" ]; < publish q0 A: x
[MQTT5-3.10.4-1] a wildcard filter itself | > 82 [ 0001 [ ] @A# 00 ]; < suback 1 00; > a2 [ 0002 [ ] @A# ]; < unsuback 2 00; +b; b> 30 [ @A [ ] "x" ]
[MQTT5-3.10.4-2] no new messages come | > 82 [ 0001 [ ] @A 01 ]; < suback 1 01; > a2 [ 0002 [ ] @A ]; < unsuback 2 00; +b; b> 32 [ @A 0001 [ ] "x" ]; b< puback 1
[MQTT5-3.10.4-2] an overlapping filter goes on | > 82 [ 0001 [ ] @A 01 @A# 00 ]; < suback 1 01 00; > a2 [ 0002 [ ] @A ]; < unsuback 2 00; +b; b> 32 [ @A 0001 [ ] "x" ]; b< puback 1; < publish q0 A: x
[MQTT5-3.10.4-3] a message that is on its way is completed, QoS 2 | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02; +b; b> 34 [ @A 0001 [ ] "x" ]; b< pubrec 1; < publish q2 #x A: x; > a2 [ 0002 [ ] @A ]; < unsuback 2 00; > 50 [ $x ]; < pubrel $x; > 70 [ $x ]
[MQTT5-3.10.4-1] one client's UNSUBSCRIBE leaves the others alone | > 82 [ 0001 [ ] @A 00 ]; < suback 1 00; +c; c> a2 [ 0001 [ ] @A ]; c< unsuback 1 11; c> 30 [ @A [ ] "x" ]; a< publish q0 A: x
[MQTT5-3.10.4-4] user properties are taken | > a2 [ 0001 [ user 'k' 'v' ] @A ]; < unsuback 1 11
[MQTT5-4.8.2-1] a shared subscription ends | > 82 [ 0001 [ ] @$share/g/A 00 ]; < suback 1 00; > a2 [ 0002 [ ] @$share/g/A ]; < unsuback 2 00; +b; b> 30 [ @A [ ] "x" ]
[MQTT5-3.10.4-1] a shared subscription and a plain one are two | > 82 [ 0001 [ ] @$share/g/A 00 ]; < suback 1 00; > a2 [ 0002 [ ] @A ]; < unsuback 2 11; +b; b> 30 [ @A [ ] "x" ]; < publish q0 A: x
`,
};
