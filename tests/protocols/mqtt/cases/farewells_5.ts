import type { CaseFile } from "./case_file.ts";

/** DISCONNECT, AUTH, PINGREQ, what only servers send, and how a server ends a connection. */
export const FAREWELLS_5: CaseFile = {
  version: 5,
  about: "DISCONNECT, AUTH, PINGREQ",
  refused: `
[MQTT5-3.14.1-1] DISCONNECT with flag 1 | e1 00 | 81
[MQTT5-3.14.1-1] DISCONNECT with flag 2 | e2 00 | 81
[MQTT5-3.14.1-1] DISCONNECT with flag 4 | e4 00 | 81
[MQTT5-3.14.1-1] DISCONNECT with flag 8 | e8 02 00 00 | 81
[MQTT5-3.14.2-1] DISCONNECT with a reason that is none | e0 01 01 | 81/82
[MQTT5-3.14.2-1] DISCONNECT with a reason of servers: not authorized | e0 01 87 | 81/82
[MQTT5-3.14.2-1] DISCONNECT with a reason of servers: shutting down | e0 01 8b | 81/82
[MQTT5-3.14.2-1] DISCONNECT with a reason of servers: session taken over | e0 01 8e | 81/82
[MQTT5-3.14.2-1] DISCONNECT with a reason of servers: use another server | e0 01 9c | 81/82
[MQTT5-3.14.2-1] DISCONNECT with the last reason code | e0 01 ff | 81/82
[MQTT5-4.13.1-1] DISCONNECT with a byte behind its properties | e0 03 00 00 00 | 81
[MQTT5-4.13.1-1] DISCONNECT with properties that end after it | e0 03 00 05 11 | 81
[MQTT5-4.13.1-1] DISCONNECT with half a property length | e0 02 00 80 | 81
[MQTT5-1.5.5-1] DISCONNECT with a property length in two bytes | e0 03 00 80 00 | 81
[MQTT5-1.5.5-1] DISCONNECT with a remaining length in two bytes | e0 80 00 | 81
[MQTT5-4.12.0-7] AUTH where no method was given | f0 [ 18 [ authMethod 'none' ] ] | 82
[MQTT5-4.12.0-7] AUTH to authenticate again where no method was given | f0 [ 19 [ authMethod 'none' ] ] | 82
[MQTT5-4.12.0-7] AUTH with data where no method was given | f0 [ 18 [ authMethod 'none' authData 0001 00 ] ] | 82
[MQTT5-4.12.0-7] AUTH of no bytes | f0 00 | 81/82
[MQTT5-4.12.0-7] AUTH without a method | f0 [ 18 [ ] ] | 82
[MQTT5-4.12.0-7] AUTH with nothing but a reason | f0 01 18 | 81/82
[MQTT5-3.15.2-1] AUTH with the reason of servers | f0 [ 00 [ authMethod 'none' ] ] | 81/82
[MQTT5-3.15.2-1] AUTH with a reason that is none | f0 [ 17 [ authMethod 'none' ] ] | 81/82
[MQTT5-3.15.1-1] AUTH with flag 1 | f1 [ 18 [ authMethod 'none' ] ] | 81
[MQTT5-3.15.1-1] AUTH with flag 2 | f2 [ 18 [ authMethod 'none' ] ] | 81
[MQTT5-3.15.1-1] AUTH with flag 4 | f4 [ 18 [ authMethod 'none' ] ] | 81
[MQTT5-3.15.1-1] AUTH with flag 8 | f8 [ 18 [ authMethod 'none' ] ] | 81
[MQTT5-4.13.1-1] AUTH with a byte behind its properties | f0 [ 18 [ authMethod 'none' ] 00 ] | 81
[MQTT5-4.13.1-1] AUTH with data and no method | f0 [ 18 [ authData 0001 00 ] ] | 82
[MQTT5-2.1.3-1] PINGREQ with flag 1 | c1 00 | 81
[MQTT5-2.1.3-1] PINGREQ with flag 2 | c2 00 | 81
[MQTT5-2.1.3-1] PINGREQ with flag 4 | c4 00 | 81
[MQTT5-2.1.3-1] PINGREQ with flag 8 | c8 00 | 81
[MQTT5-4.13.1-1] PINGREQ with a body | c0 01 00 | 81
[MQTT5-1.5.5-1] PINGREQ with a remaining length in two bytes | c0 80 00 | 81
[MQTT5-4.13.1-1] a packet of type 0 | 00 00 | 81/82
[MQTT5-4.13.1-1] a packet of type 0 with flags and a body | 0f 02 0000 | 81/82
[MQTT5-4.13.1-1] CONNACK, which servers send | 20 03 00 00 00 | 81/82
[MQTT5-4.13.1-1] SUBACK, which servers send | 90 04 0001 00 00 | 81/82
[MQTT5-4.13.1-1] UNSUBACK, which servers send | b0 04 0001 00 00 | 81/82
[MQTT5-4.13.1-1] PINGRESP, which servers send | d0 00 | 81/82
`,
  talks: `
[MQTT5-3.12.4-1] PINGREQ is answered | > c0 00; < pingresp; > c0 00 c0 00; < pingresp; < pingresp
[MQTT5-3.14.4-1] [MQTT5-3.14.4-2] DISCONNECT of no bytes closes | > e0 00; !
[MQTT5-3.14.4-2] DISCONNECT with its reason alone closes | > e0 01 00; !
[MQTT5-3.14.4-2] DISCONNECT with an empty property block closes | > e0 02 00 00; !
[MQTT5-3.14.4-2] DISCONNECT with reason string and user properties closes | > e0 [ 00 [ reason 'why' user 'k' 'v' user 'k' 'v' ] ]; !
[MQTT5-3.14.2-1] DISCONNECT with 0x04 | > e0 01 04; !
[MQTT5-3.14.2-1] DISCONNECT with 0x80 | > e0 01 80; !
[MQTT5-3.14.2-1] DISCONNECT with 0x81 | > e0 01 81; !
[MQTT5-3.14.2-1] DISCONNECT with 0x82 | > e0 01 82; !
[MQTT5-3.14.2-1] DISCONNECT with 0x83 | > e0 01 83; !
[MQTT5-3.14.2-1] DISCONNECT with 0x90 | > e0 01 90; !
[MQTT5-3.14.2-1] DISCONNECT with 0x93 | > e0 01 93; !
[MQTT5-3.14.2-1] DISCONNECT with 0x94 | > e0 01 94; !
[MQTT5-3.14.2-1] DISCONNECT with 0x95 | > e0 01 95; !
[MQTT5-3.14.2-1] DISCONNECT with 0x96 | > e0 01 96; !
[MQTT5-3.14.2-1] DISCONNECT with 0x97 | > e0 01 97; !
[MQTT5-3.14.2-1] DISCONNECT with 0x98 | > e0 01 98; !
[MQTT5-3.14.2-1] DISCONNECT with 0x99 | > e0 01 99; !
[MQTT5-4.13.1-1] DISCONNECT with a session expiry where the CONNECT gave none is a protocol error | > e0 [ 00 [ sessionExpiry 0000000a ] ]; < disconnect 82; !
[MQTT5-3.14.4-1] what comes behind a DISCONNECT is not looked at | > e0 00 30 [ @A [ ] "x" ]; !; stored 0
[MQTT5-3.14.2-1] [MQTT5-3.14.2-2] [MQTT5-3.14.2-3] a server's DISCONNECT says why | > 36 00; < disconnect 81 {reason=*, -sessionExpiry}; !
[MQTT5-3.14.2-3] and says nothing that makes it too large | +b maxPacket 00000015; b> 36 00; b< disconnect 81 {-reason}; b!
[MQTT5-3.14.2-3] and says it where it fits | +b maxPacket 00001000; b> 36 00; b< disconnect 81 {reason=*}; b!
[MQTT5-4.13.2-1] a server that stops says 0x8B | stop; < disconnect 8b; !
[MQTT5-4.13.2-1] a server that stops acknowledges first | hold; > 32 [ @A 0001 [ ] "x" ]; stop; settle; < puback 1; < disconnect 8b; !
[MQTT5-4.13.2-1] a server that stops tells all of them | +b; +c; stop; a< disconnect 8b; b< disconnect 8b; c< disconnect 8b; a!; b!; c!
[MQTT5-4.13.2-1] a thing that is disabled hears 0x87 | disable 1; < disconnect 87/98; !
[MQTT5-4.13.2-1] a thing whose key is changed hears 0x87 | key 1; < disconnect 87/98; !
[MQTT5-4.13.2-1] other things go on | +b; disable 2; b< disconnect 87/98; b!; > c0 00; < pingresp
[MQTT5-3.4.2-1] a thing that loses a channel may not publish there any more | +b; withdraw 2; b> 32 [ @A 0001 [ ] "x" ]; b< puback 1 87; stored 0
[MQTT5-4.5.0-1] a thing that loses a channel hears no more of it | +b; b> 82 [ 0001 [ ] @A 00 ]; b< suback 1 00; withdraw 2; > 30 [ @A [ ] "x" ]
[MQTT5-4.13.1-1] an error in a row of packets keeps those before it | > 32 [ @A 0001 [ ] "x" ] c0 00 36 00 c0 00; < pingresp; < disconnect 81; !; stored 1
`,
};
