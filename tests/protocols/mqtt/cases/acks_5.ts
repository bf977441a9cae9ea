import type { CaseFile } from "./case_file.ts";

/** PUBACK, PUBREC, PUBREL and PUBCOMP as clients send them. */
export const ACKS_5: CaseFile = {
  version: 5,
  about: "acknowledgements",
  refused: `
[MQTT5-2.1.3-1] PUBACK with flag 1 | 41 02 0001 | 81
[MQTT5-2.1.3-1] PUBACK with flag 2 | 42 02 0001 | 81
[MQTT5-2.1.3-1] PUBACK with flag 4 | 44 02 0001 | 81
[MQTT5-2.1.3-1] PUBACK with flag 8 | 48 02 0001 | 81
[MQTT5-2.1.3-1] PUBREC with flag 1 | 51 02 0001 | 81
[MQTT5-2.1.3-1] PUBREC with flag 2 | 52 02 0001 | 81
[MQTT5-2.1.3-1] PUBREC with flag 4 | 54 02 0001 | 81
[MQTT5-2.1.3-1] PUBREC with flag 8 | 58 02 0001 | 81
[MQTT5-3.6.1-1] PUBREL with flags 0 | 60 02 0001 | 81
[MQTT5-3.6.1-1] PUBREL with flags 1 | 61 02 0001 | 81
[MQTT5-3.6.1-1] PUBREL with flags 3 | 63 02 0001 | 81
[MQTT5-3.6.1-1] PUBREL with flags 6 | 66 02 0001 | 81
[MQTT5-3.6.1-1] PUBREL with flags 10 | 6a 02 0001 | 81
[MQTT5-2.1.3-1] PUBCOMP with flag 1 | 71 02 0001 | 81
[MQTT5-2.1.3-1] PUBCOMP with flag 2 | 72 02 0001 | 81
[MQTT5-2.1.3-1] PUBCOMP with flag 4 | 74 02 0001 | 81
[MQTT5-2.1.3-1] PUBCOMP with flag 8 | 78 02 0001 | 81
[MQTT5-4.13.1-1] PUBACK of no bytes | 40 00 | 81
[MQTT5-4.13.1-1] PUBACK of one byte | 40 01 00 | 81
[MQTT5-4.13.1-1] PUBREC of no bytes | 50 00 | 81
[MQTT5-4.13.1-1] PUBREC of one byte | 50 01 00 | 81
[MQTT5-4.13.1-1] PUBREL of no bytes | 62 00 | 81
[MQTT5-4.13.1-1] PUBREL of one byte | 62 01 00 | 81
[MQTT5-4.13.1-1] PUBCOMP of no bytes | 70 00 | 81
[MQTT5-4.13.1-1] PUBCOMP of one byte | 70 01 00 | 81
[MQTT5-2.2.1-5] PUBACK with packet id 0 | 40 02 0000 | 81/82
[MQTT5-2.2.1-5] PUBREC with packet id 0 | 50 02 0000 | 81/82
[MQTT5-2.2.1-5] PUBREL with packet id 0 | 62 02 0000 | 81/82
[MQTT5-2.2.1-5] PUBCOMP with packet id 0 | 70 02 0000 | 81/82
[MQTT5-3.4.2-1] PUBACK with a reason of PUBREL | 40 03 0001 92 | 81/82
[MQTT5-3.4.2-1] PUBACK with a reason of SUBACK | 40 03 0001 01 | 81/82
[MQTT5-3.4.2-1] PUBACK with a reason that is none | 40 03 0001 7f | 81/82
[MQTT5-3.5.2-1] PUBREC with a reason of PUBREL | 50 03 0001 92 | 81/82
[MQTT5-3.5.2-1] PUBREC with a reason of DISCONNECT | 50 03 0001 8e | 81/82
[MQTT5-3.5.2-1] PUBREC with a reason that is none | 50 03 0001 ff | 81/82
[MQTT5-3.6.2-1] PUBREL with a reason of PUBACK | 62 03 0001 10 | 81/82
[MQTT5-3.6.2-1] PUBREL with an error of PUBACK | 62 03 0001 80 | 81/82
[MQTT5-3.6.2-1] PUBREL with a reason that is none | 62 03 0001 02 | 81/82
[MQTT5-3.7.2-1] PUBCOMP with a reason of PUBACK | 70 03 0001 10 | 81/82
[MQTT5-3.7.2-1] PUBCOMP with an error of PUBACK | 70 03 0001 91 | 81/82
[MQTT5-3.7.2-1] PUBCOMP with a reason that is none | 70 03 0001 02 | 81/82
[MQTT5-4.13.1-1] PUBACK with a byte behind its properties | 40 05 0001 00 00 00 | 81
[MQTT5-4.13.1-1] PUBREC with a byte behind its properties | 50 05 0001 00 00 00 | 81
[MQTT5-4.13.1-1] PUBREL with a byte behind its properties | 62 05 0001 00 00 00 | 81
[MQTT5-4.13.1-1] PUBCOMP with a byte behind its properties | 70 05 0001 00 00 00 | 81
[MQTT5-4.13.1-1] PUBACK with properties that end after it | 40 05 0001 00 02 26 | 81
[MQTT5-4.13.1-1] PUBREC with properties that end after it | 50 05 0001 00 02 26 | 81
[MQTT5-4.13.1-1] PUBREL with properties that end after it | 62 05 0001 00 02 26 | 81
[MQTT5-4.13.1-1] PUBCOMP with properties that end after it | 70 05 0001 00 02 26 | 81
[MQTT5-1.5.5-1] PUBACK with a remaining length in two bytes | 40 82 00 0001 | 81
[MQTT5-1.5.5-1] PUBREC with a property length in two bytes | 50 [ 0001 00 80 00 ] | 81
`,
  talks: `
[MQTT5-3.4.2-1] PUBACK for an id that is not in use changes nothing | > 40 02 0009; > c0 00; < pingresp
[MQTT5-3.4.2-1] PUBACK of 3 bytes | > 40 03 0009 00; > c0 00; < pingresp
[MQTT5-3.4.2-1] PUBACK of 4 bytes | > 40 04 0009 00 00; > c0 00; < pingresp
[MQTT5-3.4.2-1] PUBACK with every reason | > 40 03 0009 10 40 03 0009 80 40 03 0009 83 40 03 0009 87 40 03 0009 90 40 03 0009 91 40 03 0009 97 40 03 0009 99; > c0 00; < pingresp
[MQTT5-3.5.2-1] PUBREC with every error for an id that is not in use | > 50 03 0009 80 50 03 0009 83 50 03 0009 87 50 03 0009 90 50 03 0009 91 50 03 0009 97 50 03 0009 99; > c0 00; < pingresp
[MQTT5-3.6.2-1] PUBREC for an id that is not in use is answered with PUBREL 0x92 | > 50 02 0009; < pubrel 9 92
[MQTT5-3.7.2-1] PUBCOMP with 0x92 | > 70 03 0009 92; > c0 00; < pingresp
[MQTT5-3.6.2-1] PUBREL with 0x92 is answered | > 34 [ @A 0001 [ ] ]; < pubrec 1; > 62 03 0001 92; < pubcomp 1
[MQTT5-4.3.3-4] PUBREC is answered with PUBREL, PUBCOMP ends it | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02; +b; b> 34 [ @A 0001 [ ] "x" ]; b< pubrec 1; < publish q2 #x A: x; > 50 [ $x ]; < pubrel $x; > 70 [ $x ]
[MQTT5-4.3.3-4] PUBREC with 0x10 goes on like one with 0x00 | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02; +b; b> 34 [ @A 0001 [ ] "x" ]; b< pubrec 1; < publish q2 #x A: x; > 50 [ $x 10 ]; < pubrel $x; > 70 [ $x 00 [ ] ]
[MQTT5-4.4.0-2] PUBREC with an error ends the exchange | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02; +b; b> 34 [ @A 0001 [ ] "x" ]; b< pubrec 1; < publish q2 #x A: x; > 50 [ $x 80 ]; > 50 [ $x ]; < pubrel $x 92
[MQTT5-4.3.3-6] [MQTT5-4.3.3-5] PUBREC that comes again is answered again | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02; +b; b> 34 [ @A 0001 [ ] "x" ]; b< pubrec 1; < publish q2 #x A: x; > 50 [ $x ]; < pubrel $x; > 50 [ $x ]; < pubrel $x; > 70 [ $x ]
[MQTT5-3.4.2-1] PUBACK for a message of QoS 2 is a protocol error | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02; +b; b> 34 [ @A 0001 [ ] "x" ]; b< pubrec 1; < publish q2 #x A: x; > 40 [ $x ]; < disconnect 82; !
[MQTT5-3.5.2-1] PUBREC for a message of QoS 1 is a protocol error | > 82 [ 0001 [ ] @A 01 ]; < suback 1 01; +b; b> 32 [ @A 0001 [ ] "x" ]; b< puback 1; < publish q1 #x A: x; > 50 [ $x ]; < disconnect 82; !
[MQTT5-3.7.2-1] PUBCOMP before PUBREC is a protocol error | > 82 [ 0001 [ ] @A 02 ]; < suback 1 02; +b; b> 34 [ @A 0001 [ ] "x" ]; b< pubrec 1; < publish q2 #x A: x; > 70 [ $x ]; < disconnect 82; !
[MQTT5-4.3.3-8] PUBREL before PUBREC is a protocol error | hold; > 34 [ @A 0001 [ ] "x" ]; > 62 [ 0001 ]; < disconnect 82; !
[MQTT5-4.4.0-1] nothing is sent again on the same connection | > 82 [ 0001 [ ] @A 01 ]; < suback 1 01; +b; b> 32 [ @A 0001 [ ] "x" ]; b< puback 1; < publish q1 #x A: x; ~ 100000s; > c0 00; < pingresp
`,
};
