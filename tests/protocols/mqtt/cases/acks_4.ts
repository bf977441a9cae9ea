import type { CaseFile } from "./case_file.ts";

/** Acknowledgements, PINGREQ, DISCONNECT, and what only servers or another version send. */
export const ACKS_4: CaseFile = {
  version: 4,
  about: "acknowledgements, PINGREQ, DISCONNECT",
  refused: `
[MQTT-2.2.2-1] [MQTT-2.2.2-2] PUBACK with flag 1 | 41 02 0001
[MQTT-2.2.2-2] PUBACK with flag 2 | 42 02 0001
[MQTT-2.2.2-2] PUBACK with flag 4 | 44 02 0001
[MQTT-2.2.2-2] PUBACK with flag 8 | 48 02 0001
[MQTT-2.2.2-2] PUBREC with flag 1 | 51 02 0001
[MQTT-2.2.2-2] PUBREC with flag 2 | 52 02 0001
[MQTT-2.2.2-2] PUBREC with flag 4 | 54 02 0001
[MQTT-2.2.2-2] PUBREC with flag 8 | 58 02 0001
[MQTT-3.6.1-1] PUBREL with flags 0 | 60 02 0001
[MQTT-3.6.1-1] PUBREL with flags 1 | 61 02 0001
[MQTT-3.6.1-1] PUBREL with flags 3 | 63 02 0001
[MQTT-3.6.1-1] PUBREL with flags 6 | 66 02 0001
[MQTT-3.6.1-1] PUBREL with flags 10 | 6a 02 0001
[MQTT-2.2.2-2] PUBCOMP with flag 1 | 71 02 0001
[MQTT-2.2.2-2] PUBCOMP with flag 2 | 72 02 0001
[MQTT-2.2.2-2] PUBCOMP with flag 4 | 74 02 0001
[MQTT-2.2.2-2] PUBCOMP with flag 8 | 78 02 0001
[MQTT-2.3.1-6] PUBACK of no bytes | 40 00
[MQTT-2.3.1-6] PUBACK of one byte | 40 01 00
[MQTT-2.3.1-6] PUBACK of three bytes | 40 03 0001 00
[MQTT-2.3.1-6] PUBREC of no bytes | 50 00
[MQTT-2.3.1-6] PUBREC of one byte | 50 01 00
[MQTT-2.3.1-6] PUBREC of three bytes | 50 03 0001 00
[MQTT-2.3.1-6] PUBREL of no bytes | 62 00
[MQTT-2.3.1-6] PUBREL of one byte | 62 01 00
[MQTT-2.3.1-6] PUBREL of three bytes | 62 03 0001 00
[MQTT-2.3.1-6] PUBCOMP of no bytes | 70 00
[MQTT-2.3.1-6] PUBCOMP of one byte | 70 01 00
[MQTT-2.3.1-6] PUBCOMP of three bytes | 70 03 0001 00
[MQTT-2.3.1-6] PUBACK with packet id 0 | 40 02 0000
[MQTT-2.3.1-6] PUBREC with packet id 0 | 50 02 0000
[MQTT-2.3.1-6] PUBREL with packet id 0 | 62 02 0000
[MQTT-2.3.1-6] PUBCOMP with packet id 0 | 70 02 0000
[MQTT-2.2.2-2] PINGREQ with flag 1 | c1 00
[MQTT-2.2.2-2] PINGREQ with flag 2 | c2 00
[MQTT-2.2.2-2] PINGREQ with flag 4 | c4 00
[MQTT-2.2.2-2] PINGREQ with flag 8 | c8 00
[MQTT-4.8.0-1] PINGREQ with a body | c0 01 00
[MQTT-3.14.1-1] DISCONNECT with flag 1 | e1 00
[MQTT-3.14.1-1] DISCONNECT with flag 2 | e2 00
[MQTT-3.14.1-1] DISCONNECT with flag 4 | e4 00
[MQTT-3.14.1-1] DISCONNECT with flag 8 | e8 00
[MQTT-4.8.0-1] DISCONNECT with a reason, as in 5.0 | e0 01 00
[MQTT-4.8.0-1] a packet of type 0 | 00 00
[MQTT-4.8.0-1] a packet of type 15, AUTH in 5.0 | f0 00
[MQTT-4.8.0-1] AUTH with a body | f0 [ 18 [ authMethod 'none' ] ]
[MQTT-4.8.0-1] CONNACK, which servers send | 20 02 0000
[MQTT-4.8.0-1] SUBACK, which servers send | 90 03 0001 00
[MQTT-4.8.0-1] UNSUBACK, which servers send | b0 02 0001
[MQTT-4.8.0-1] PINGRESP, which servers send | d0 00
`,
  talks: `
[MQTT-3.12.4-1] PINGREQ is answered | > c0 00; < pingresp; > c0 00 c0 00; < pingresp; < pingresp
[MQTT-3.14.4-1] [MQTT-3.14.4-2] DISCONNECT closes | > e0 00; !
[MQTT-3.14.4-2] what comes behind a DISCONNECT is not looked at | > e0 00 30 [ @A "x" ] c0 00; !; stored 0
[MQTT-2.3.1-6] PUBACK for an id that is not in use changes nothing | > 40 02 0009; > c0 00; < pingresp
[MQTT-4.3.3-1] PUBREC for an id that is not in use is answered | > 50 02 0009; < pubrel 9
[MQTT-2.3.1-6] PUBCOMP for an id that is not in use changes nothing | > 70 02 0009; > c0 00; < pingresp
[MQTT-4.3.3-1] a message of QoS 2 on its way out | > 82 [ 0001 @A 02 ]; < suback 1 02; +b; b> 34 [ @A 0001 "x" ]; b< pubrec 1; < publish q2 #x A: x; > 50 [ $x ]; < pubrel $x; > 50 [ $x ]; < pubrel $x; > 70 [ $x ]
[MQTT-4.3.2-1] [MQTT-2.3.1-4] messages on their way have packet ids of their own | > 82 [ 0001 @A 02 ]; < suback 1 02; +b; b> 32 [ @A 0001 "1" ] 34 [ @A 0002 "2" ]; b< puback 1; b< pubrec 2; < publish q1 #x A: 1; < publish q2 #y A: 2; > 50 [ $y ]; < pubrel $y; > 40 [ $x ]; > 70 [ $y ]
[MQTT-4.3.1-1] [MQTT-3.3.1-3] DUP of a publisher is not handed on | > 82 [ 0001 @A 01 ]; < suback 1 01; +b; b> 3a [ @A 0001 "x" ]; b< puback 1; < publish q1 #x A: x
[MQTT-4.8.0-1] PUBACK for a message of QoS 2 closes | > 82 [ 0001 @A 02 ]; < suback 1 02; +b; b> 34 [ @A 0001 "x" ]; b< pubrec 1; < publish q2 #x A: x; > 40 [ $x ]; !
[MQTT-4.8.0-1] PUBREC for a message of QoS 1 closes | > 82 [ 0001 @A 01 ]; < suback 1 01; +b; b> 32 [ @A 0001 "x" ]; b< puback 1; < publish q1 #x A: x; > 50 [ $x ]; !
[MQTT-4.8.0-1] PUBCOMP before PUBREC closes | > 82 [ 0001 @A 02 ]; < suback 1 02; +b; b> 34 [ @A 0001 "x" ]; b< pubrec 1; < publish q2 #x A: x; > 70 [ $x ]; !
[MQTT-4.8.0-2] one client's error leaves the others alone | +b; b> 36 00; b!; > c0 00; < pingresp
[MQTT-4.8.0-2] a server that stops closes | stop; !
[MQTT-4.8.0-2] a server that stops acknowledges first | hold; > 32 [ @A 0001 "x" ]; stop; settle; < puback 1; !
[MQTT-3.3.5-2] a thing that is disabled is closed | disable 1; !
[MQTT-3.3.5-2] a thing that loses a channel may not publish there any more | +b; withdraw 2; b> 32 [ @A 0001 "x" ]; b!; stored 0
`,
};
