import type { CaseFile } from "./case_file.ts";

export const CONNECT_5: CaseFile = {
  version: 5,
  about: "CONNECT",
  first: `
[MQTT5-3.1.2-1] a protocol name that is another | 10 [ 'MQTX' 05 c2 0000 [ ] 'a' as1 ] | -
[MQTT5-3.1.2-1] a protocol name in lower case | 10 [ 'mqtt' 05 c2 0000 [ ] 'a' as1 ] | -
[MQTT5-3.1.2-1] a protocol name that is empty | 10 [ 0000 05 c2 0000 [ ] 'a' as1 ] | -
[MQTT5-3.1.2-1] a protocol name with a blank behind it | 10 [ 'MQTT ' 05 c2 0000 [ ] 'a' as1 ] | -
[MQTT5-1.5.4-1] a protocol name that is no UTF-8 | 10 [ 0004 4d51ff54 05 c2 0000 [ ] 'a' as1 ] | -
[MQTT5-1.5.4-2] a protocol name with U+0000 | 10 [ 0005 4d51545400 05 c2 0000 [ ] 'a' as1 ] | -
[MQTT5-3.1.4-1] no bytes at all | 10 00 | -
[MQTT5-3.1.4-1] half a protocol name | 10 [ 0004 4d51 ] | -
[MQTT5-3.1.4-1] a packet that ends after the name | 10 [ MQTT ] | -
[MQTT5-3.1.4-1] a packet that ends after the level | 10 [ MQTT 05 ] | connack 81
[MQTT5-3.1.4-1] a packet that ends after the flags | 10 [ MQTT 05 c2 ] | connack 81
[MQTT5-3.1.4-1] a packet that ends inside the keep alive | 10 [ MQTT 05 c2 00 ] | connack 81
[MQTT5-3.1.4-1] a packet that ends after the keep alive | 10 [ MQTT 05 c2 0000 ] | connack 81
[MQTT5-3.1.3-3] a packet that ends after the properties | 10 [ MQTT 05 c2 0000 [ ] ] | connack 81
[MQTT5-3.1.3-3] a packet that ends inside the client id | 10 [ MQTT 05 02 0000 [ ] 0003 6162 ] | connack 81
[MQTT5-3.1.2-17] a user name that is announced and missing | 10 [ MQTT 05 82 0000 [ ] 'a' ] | connack 81
[MQTT5-3.1.2-19] a password that is announced and missing | 10 [ MQTT 05 42 0000 [ ] 'a' ] | connack 81
[MQTT5-3.1.2-19] a password that is missing behind its user name | 10 [ MQTT 05 c2 0000 [ ] 'a' 'user' ] | connack 81
[MQTT5-3.1.2-16] a user name that is not announced | 10 [ MQTT 05 02 0000 [ ] 'a' 'user' ] | connack 81
[MQTT5-3.1.2-18] a password that is not announced | 10 [ MQTT 05 82 0000 [ ] 'a' as1 ] | connack 81
[MQTT5-3.1.3-1] [MQTT5-3.1.4-1] a byte behind the last field | 10 [ MQTT 05 c2 0000 [ ] 'a' as1 00 ] | connack 81
[MQTT5-3.1.2-9] a will that is announced and missing | 10 [ MQTT 05 06 0000 [ ] 'a' ] | connack 81
[MQTT5-3.1.2-9] a will without its topic | 10 [ MQTT 05 06 0000 [ ] 'a' [ ] ] | connack 81
[MQTT5-3.1.2-9] a will without its payload | 10 [ MQTT 05 06 0000 [ ] 'a' [ ] @A ] | connack 81
[MQTT5-3.1.2-9] a will that ends inside its payload | 10 [ MQTT 05 06 0000 [ ] 'a' [ ] @A 0002 78 ] | connack 81
[MQTT5-3.1.2-9] a will that is not announced | 10 [ MQTT 05 c2 0000 [ ] 'a' [ ] @A 0001 78 as1 ] | connack 81
[MQTT5-2.1.3-1] flag 1 in its first byte | 11 [ MQTT 05 c2 0000 [ ] 'a' as1 ] | -
[MQTT5-2.1.3-1] flag 2 in its first byte | 12 [ MQTT 05 c2 0000 [ ] 'a' as1 ] | -
[MQTT5-2.1.3-1] flag 4 in its first byte | 14 [ MQTT 05 c2 0000 [ ] 'a' as1 ] | -
[MQTT5-2.1.3-1] flag 8 in its first byte | 18 [ MQTT 05 c2 0000 [ ] 'a' as1 ] | -
[MQTT5-3.1.2-3] the reserved flag | 10 [ MQTT 05 c3 0000 [ ] 'a' as1 ] | connack 81
[MQTT5-3.1.2-3] the reserved flag alone | 10 [ MQTT 05 01 0000 [ ] 'a' ] | connack 81
[MQTT5-3.1.2-11] will QoS 1 without a will | 10 [ MQTT 05 ca 0000 [ ] 'a' as1 ] | connack 81/82
[MQTT5-3.1.2-11] will QoS 2 without a will | 10 [ MQTT 05 d2 0000 [ ] 'a' as1 ] | connack 81/82
[MQTT5-3.1.2-11] will QoS 3 without a will | 10 [ MQTT 05 da 0000 [ ] 'a' as1 ] | connack 81/82
[MQTT5-3.1.2-13] will retain without a will | 10 [ MQTT 05 e2 0000 [ ] 'a' as1 ] | connack 81/82
[MQTT5-3.1.2-12] will QoS 3 | 10 [ MQTT 05 de 0000 [ ] 'a' [ ] @A 0001 78 as1 ] | connack 81
[MQTT5-3.1.2-12] will QoS 3 and retain | 10 [ MQTT 05 fe 0000 [ ] 'a' [ ] @A 0001 78 as1 ] | connack 81
[MQTT5-3.1.3-4] a client id that is no UTF-8 | 10 [ MQTT 05 c2 0000 [ ] 0001 ff as1 ] | connack 81
[MQTT5-3.1.3-4] a client id with an encoded surrogate | 10 [ MQTT 05 c2 0000 [ ] 0003 eda080 as1 ] | connack 81
[MQTT5-1.5.4-2] a client id with U+0000 | 10 [ MQTT 05 c2 0000 [ ] 0003 610062 as1 ] | connack 81
[MQTT5-3.1.3-12] a user name that is no UTF-8 | 10 [ MQTT 05 c2 0000 [ ] 'a' 0001 ff 'p' ] | connack 81
[MQTT5-1.5.4-2] a user name with U+0000 | 10 [ MQTT 05 c2 0000 [ ] 'a' 0001 00 'p' ] | connack 81
[MQTT5-3.1.3-11] a will topic that is no UTF-8 | 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] 0001 ff 0001 78 as1 ] | connack 81
[MQTT5-1.5.4-2] a will topic with U+0000 | 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] 0001 00 0001 78 as1 ] | connack 81
[MQTT5-4.7.3-1] an empty will topic | 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] 0000 0001 78 as1 ] | connack 81/82/90
[MQTT5-4.7.0-1] a will topic with a wildcard | 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] @A# 0001 78 as1 ] | -
[MQTT5-3.3.2-14] a response topic of a will with a wildcard | 10 [ MQTT 05 c6 0000 [ ] 'a' [ response 'r/#' ] @A 0001 78 as1 ] | connack 81/82
[MQTT5-1.5.5-1] a remaining length in more bytes than it needs | 10 9a 00 MQTT 05 82 0000 [ ] 'abcdef' 'user56' | connack 81
[MQTT5-1.5.5-1] a property length in more bytes than it needs | 10 [ MQTT 05 c2 0000 80 00 'a' as1 ] | connack 81
[MQTT5-4.13.1-1] properties that end after the packet | 10 [ MQTT 05 02 0000 05 11 ] | connack 81
[MQTT5-4.13.1-1] a property identifier that is none | 10 [ MQTT 05 c2 0000 [ 7e 00 ] 'a' as1 ] | connack 81
[MQTT5-4.13.1-1] receive maximum 0 | 10 [ MQTT 05 c2 0000 [ receiveMax 0000 ] 'a' as1 ] | connack 82
[MQTT5-4.13.1-1] maximum packet size 0 | 10 [ MQTT 05 c2 0000 [ maxPacket 00000000 ] 'a' as1 ] | connack 82
[MQTT5-4.13.1-1] request problem information 2 | 10 [ MQTT 05 c2 0000 [ requestProblem 02 ] 'a' as1 ] | connack 82
[MQTT5-4.13.1-1] request response information 2 | 10 [ MQTT 05 c2 0000 [ requestResponse 02 ] 'a' as1 ] | connack 82
[MQTT5-4.13.1-1] a payload format of a will that is 2 | 10 [ MQTT 05 c6 0000 [ ] 'a' [ format 02 ] @A 0001 78 as1 ] | connack 81/82
[MQTT5-4.13.1-1] authentication data without a method | 10 [ MQTT 05 c2 0000 [ authData 0001 00 ] 'a' as1 ] | connack 82
[MQTT5-4.12.0-1] a method that is not offered | 10 [ MQTT 05 c2 0000 [ authMethod 'none' ] 'a' as1 ] | connack 8c/87
[MQTT5-4.12.0-1] a method that is not offered, with data | 10 [ MQTT 05 c2 0000 [ authMethod 'PLAIN' authData 0001 00 ] 'a' as1 ] | connack 8c/87
[MQTT5-3.1.4-2] a key that no thing has | 10 [ MQTT 05 c2 0000 [ ] 'a' 'user' 'no key' ] | connack 86
[MQTT5-3.1.4-2] no password | 10 [ MQTT 05 02 0000 [ ] 'a' ] | connack 86
[MQTT5-3.1.4-2] a user name without a password | 10 [ MQTT 05 82 0000 [ ] 'a' 'user' ] | connack 86
[MQTT5-3.1.4-2] a password that is no text | 10 [ MQTT 05 42 0000 [ ] 'a' 0002 ff00 ] | connack 86
[MQTT5-3.1.4-2] [MQTT5-3.14.0-1] a user name of another thing | 10 [ MQTT 05 c2 0000 [ ] 'a' 'user' 'key-1' ] | connack 86
[MQTT5-3.1.4-2] a will for a channel that the thing may not write to | 10 [ MQTT 05 c6 0000 [ ] 'b' [ ] @B 0001 78 as2 ] | connack 87
[MQTT5-3.1.4-2] a will for a topic that means nothing here | 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] 'nowhere' 0001 78 as1 ] | connack 90
[MQTT5-3.1.3-8] a client id of more bytes than are taken | 10 [ MQTT 05 c2 0000 [ ] ffff ("x")*65535 as1 ] | connack 85
[MQTT5-3.1.4-6] a refused CONNECT and a PUBLISH behind it | 10 [ MQTT 05 c2 0000 [ ] 'a' 'user' 'no' ] 30 [ @A [ ] "x" ] | connack 86
[MQTT5-3.1.0-1] a PUBLISH that comes first | 30 [ @A [ ] "x" ] | -
[MQTT5-3.1.0-1] a PUBACK that comes first | 40 02 0001 | -
[MQTT5-3.1.0-1] a PUBREC that comes first | 50 02 0001 | -
[MQTT5-3.1.0-1] a PUBREL that comes first | 62 02 0001 | -
[MQTT5-3.1.0-1] a PUBCOMP that comes first | 70 02 0001 | -
[MQTT5-3.1.0-1] a SUBSCRIBE that comes first | 82 [ 0001 [ ] @A 00 ] | -
[MQTT5-3.1.0-1] an UNSUBSCRIBE that comes first | a2 [ 0001 [ ] @A ] | -
[MQTT5-3.1.0-1] a PINGREQ that comes first | c0 00 | -
[MQTT5-3.1.0-1] a DISCONNECT that comes first | e0 00 | -
[MQTT5-3.1.0-1] an AUTH that comes first | f0 [ 18 [ authMethod 'none' ] ] | -
[MQTT5-3.1.0-1] a CONNACK that comes first | 20 03 00 00 00 | -
[MQTT5-3.1.0-1] a packet of type 0 that comes first | 00 00 | -
`,
  refused: `
[MQTT5-3.1.0-2] a second CONNECT | 10 [ MQTT 05 c2 0000 [ ] 'a' as1 ] | 82
[MQTT5-3.1.0-2] a second CONNECT of another client | 10 [ MQTT 05 c2 0000 [ ] 'z' as2 ] | 82
[MQTT5-3.1.0-2] a second CONNECT of another version | 10 [ MQTT 04 c2 0000 'a' as1 ] | 82
[MQTT5-3.1.0-2] a second CONNECT that cannot be read | 10 00 | 82
`,
  talks: `
[MQTT5-3.1.4-5] [MQTT5-3.2.2-1] [MQTT5-3.2.0-1] [MQTT5-3.2.0-2] [MQTT5-3.2.2-8] is answered | a> 10 [ MQTT 05 c2 0000 [ ] 'a' as1 ]; a< connack 00
[MQTT5-3.2.2-2] [MQTT5-3.2.2-3] clean start finds no session | a> 10 [ MQTT 05 c2 0000 [ ] 'a' as1 ]; a< connack 00
[MQTT5-3.1.2-6] [MQTT5-3.2.2-3] no clean start, and no session either | a> 10 [ MQTT 05 c0 0000 [ ] 'a' as1 ]; a< connack 00
[MQTT5-3.1.4-1] in pieces is one CONNECT | a> 10 1e 00; a> 04 4d51; a> 5454 05 42; a> 0000 00 0001; a> \"a\" 000e; a> \"key-1\"; a> (30)*9; a< connack 86; a!
[MQTT5-3.1.3-6] [MQTT5-3.1.3-7] [MQTT5-3.2.2-16] an empty client id gets a new one | a> 10 [ MQTT 05 c2 0000 [ ] 0000 as1 ]; a< connack 00 {assignedId=*}
[MQTT5-3.1.3-6] an empty client id without clean start gets a new one | a> 10 [ MQTT 05 c0 0000 [ ] 0000 as1 ]; a< connack 00 {assignedId=*}
[MQTT5-3.1.3-7] two clients without id do not take each other over | a> 10 [ MQTT 05 c2 0000 [ ] 0000 as1 ]; a< connack 00; c> 10 [ MQTT 05 c2 0000 [ ] 0000 as1 ]; c< connack 00; a> c0 00; a< pingresp
[MQTT5-3.2.2-16] a client id that was given is not assigned | a> 10 [ MQTT 05 c2 0000 [ ] 'a' as1 ]; a< connack 00 {-assignedId}
[MQTT5-3.1.3-5] a client id of 23 letters and digits | a> 10 [ MQTT 05 c2 0000 [ ] 'ABCDEFGHIJabcdefghij012' as1 ]; a< connack 00
[MQTT5-3.1.3-4] a client id of any characters | a> 10 [ MQTT 05 c2 0000 [ ] 'a/+#$ é\u{1f600}' as1 ]; a< connack 00
[MQTT5-3.2.2-15] [MQTT5-3.2.2-17] says what the server takes | a> 10 [ MQTT 05 c2 0000 [ ] 'a' as1 ]; a< connack 00 {receiveMax=1024, aliasMax=64, maxPacket=262144}
[MQTT5-3.2.2-9] says of QoS, retain, wildcards and the rest nothing that is not so | a> 10 [ MQTT 05 c2 0000 [ ] 'a' as1 ]; a< connack 00 {-maxQos, -retainAvailable, -wildcardAvailable, -subIdAvailable, -sharedAvailable}
[MQTT5-3.2.2-22] the client's keep alive holds where the server names none | a> 10 [ MQTT 05 c2 000a [ ] 'a' as1 ]; a< connack 00 {-serverKeepAlive}
[MQTT5-3.1.2-28] no response information where it is not asked for | a> 10 [ MQTT 05 c2 0000 [ requestResponse 00 ] 'a' as1 ]; a< connack 00 {-responseInfo}
[MQTT5-4.12.0-6] no authentication method where none was given | a> 10 [ MQTT 05 c2 0000 [ ] 'a' as1 ]; a< connack 00 {-authMethod}
[MQTT5-3.2.2-6] [MQTT5-3.2.2-8] [MQTT5-4.13.2-1] [MQTT5-3.2.2-7] a refusal says why, and closes | a> 10 [ MQTT 05 c0 0000 [ ] 'a' 'u' 'no' ]; a< connack 86 {reason=*}; a!
[MQTT5-3.2.2-19] a refusal gives no reason that the client cannot take | a> 10 [ MQTT 05 c2 0000 [ maxPacket 0000001c ] 'a' 'u' 'no' ]; a< connack 86 {-reason}; a!
[MQTT5-3.2.2-19] a refusal that is malformed gives a reason | a> 10 [ MQTT 05 c3 0000 [ ] 'a' as1 ]; a< connack 81 {reason=*}; a!
[MQTT5-3.1.4-3] a client id that comes again takes over | c> 10 [ MQTT 05 c2 0000 [ ] 'a' as1 ]; c< connack 00; a< disconnect 8e; a!
[MQTT5-3.1.4-3] a client id in 3.1.1 takes over from 5.0 | +c5; d> 10 [ MQTT 05 c2 0000 [ ] 'c' as1 ]; d< connack 00; c< disconnect 8e; c!
[MQTT5-3.1.4-3] a client id of another thing takes nobody over | b> 10 [ MQTT 05 c2 0000 [ ] 'a' as2 ]; b< connack 00; a> c0 00; a< pingresp
[MQTT5-3.1.2-17] a user name that is the thing's id, or empty | a> 10 [ MQTT 05 c2 0000 [ ] 'a' 0000 'key-1' ]; a< connack 00
[MQTT5-3.1.2-19] a password without a user name | a> 10 [ MQTT 05 42 0000 [ ] 'a' 'key-1' ]; a< connack 00
[MQTT5-3.1.4-6] packets right behind a CONNECT are taken | a> 10 [ MQTT 05 c2 0000 [ ] 'a' as1 ] c0 00; a< connack 00; a< pingresp
[MQTT5-3.1.0-1] a CONNECT that does not come closes the connection | a> 10; ~ 10s; a!
[MQTT5-3.1.2-22] silence of one and a half keep alives | a> 10 [ MQTT 05 c2 000a [ ] 'a' as1 ]; a< connack 00; ~ 14.9s; ~ 0.2s; a< disconnect 8d; a!
[MQTT5-3.1.2-22] any packet begins the time anew | a> 10 [ MQTT 05 c2 000a [ ] 'a' as1 ]; a< connack 00; ~ 14s; a> 30 [ @A [ ] ]; ~ 14s; a> c0 00; a< pingresp; ~ 14.9s; ~ 0.2s; a< disconnect 8d; a!
[MQTT5-3.1.2-22] half a packet begins nothing anew | a> 10 [ MQTT 05 c2 000a [ ] 'a' as1 ]; a< connack 00; ~ 14s; a> c0; ~ 1.1s; a< disconnect 8d; a!
[MQTT5-3.1.2-22] keep alive 0 waits for ever | a> 10 [ MQTT 05 c2 0000 [ ] 'a' as1 ]; a< connack 00; ~ 1000000s; a> c0 00; a< pingresp
[MQTT5-3.1.2-22] the longest keep alive | a> 10 [ MQTT 05 c2 ffff [ ] 'a' as1 ]; a< connack 00; ~ 98302s; ~ 1s; a< disconnect 8d; a!
`,
};
