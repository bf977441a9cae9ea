import type { CaseFile } from "./case_file.ts";

export const CONNECT_4: CaseFile = {
  version: 4,
  about: "CONNECT",
  first: `
[MQTT-3.1.2-1] a protocol name that is another | 10 [ 'MQTX' 04 c2 0000 'a' as1 ] | -
[MQTT-3.1.2-1] a protocol name in lower case | 10 [ 'mqtt' 04 c2 0000 'a' as1 ] | -
[MQTT-3.1.2-1] a protocol name that is empty | 10 [ 0000 04 c2 0000 'a' as1 ] | -
[MQTT-1.5.3-1] a protocol name that is no UTF-8 | 10 [ 0004 4d51ff54 04 c2 0000 'a' as1 ] | -
[MQTT-3.1.2-2] MQTT 3.1 by its own name | 10 [ 'MQIsdp' 03 c2 0000 'a' as1 ] | connack 01
[MQTT-3.1.2-2] protocol level 0 | 10 [ MQTT 00 c2 0000 'a' as1 ] | connack 01
[MQTT-3.1.2-2] protocol level 3 | 10 [ MQTT 03 c2 0000 'a' as1 ] | connack 01
[MQTT5-3.1.2-2] [MQTT-3.1.2-2] protocol level 6 | 10 [ MQTT 06 c2 0000 'a' as1 ] | connack 01
[MQTT-3.1.2-2] protocol level 255 | 10 [ MQTT ff c2 0000 'a' as1 ] | connack 01
[MQTT-3.1.2-2] protocol level 132, a bridge's | 10 [ MQTT 84 c2 0000 'a' as1 ] | connack 01
[MQTT-3.1.4-1] no bytes at all | 10 00 | -
[MQTT-3.1.4-1] half the length of the name | 10 01 00 | -
[MQTT-3.1.4-1] half a protocol name | 10 [ 0004 4d51 ] | -
[MQTT-3.1.4-1] a packet that ends after the name | 10 [ MQTT ] | -
[MQTT-3.1.4-1] a packet that ends after the level | 10 [ MQTT 04 ] | -
[MQTT-3.1.4-1] a packet that ends after the flags | 10 [ MQTT 04 c2 ] | -
[MQTT-3.1.4-1] a packet that ends inside the keep alive | 10 [ MQTT 04 c2 00 ] | -
[MQTT-3.1.3-3] a packet that ends after the keep alive | 10 [ MQTT 04 02 0000 ] | -
[MQTT-3.1.3-3] a packet that ends inside the client id | 10 [ MQTT 04 02 0000 0003 6162 ] | -
[MQTT-3.1.2-19] a user name that is announced and missing | 10 [ MQTT 04 82 0000 'a' ] | -
[MQTT-3.1.2-21] a password that is announced and missing | 10 [ MQTT 04 c2 0000 'a' 'user' ] | -
[MQTT-3.1.2-22] a password without a user name | 10 [ MQTT 04 42 0000 'a' 'key-1' ] | -
[MQTT-3.1.2-18] a user name that is not announced | 10 [ MQTT 04 02 0000 'a' 'user' ] | -
[MQTT-3.1.2-20] a password that is not announced | 10 [ MQTT 04 82 0000 'a' as1 ] | -
[MQTT-3.1.3-1] a byte behind the last field | 10 [ MQTT 04 c2 0000 'a' as1 00 ] | -
[MQTT-3.1.2-9] a will that is announced and missing | 10 [ MQTT 04 06 0000 'a' ] | -
[MQTT-3.1.2-9] a will without its payload | 10 [ MQTT 04 06 0000 'a' @A ] | -
[MQTT-3.1.2-9] a will that ends inside its payload | 10 [ MQTT 04 06 0000 'a' @A 0002 78 ] | -
[MQTT-3.1.2-11] a will that is not announced | 10 [ MQTT 04 c2 0000 'a' @A 0001 78 as1 ] | -
[MQTT-2.2.2-2] flag 1 in its first byte | 11 [ MQTT 04 c2 0000 'a' as1 ] | -
[MQTT-2.2.2-2] flag 2 in its first byte | 12 [ MQTT 04 c2 0000 'a' as1 ] | -
[MQTT-2.2.2-2] flag 4 in its first byte | 14 [ MQTT 04 c2 0000 'a' as1 ] | -
[MQTT-2.2.2-2] flag 8 in its first byte | 18 [ MQTT 04 c2 0000 'a' as1 ] | -
[MQTT-3.1.2-3] the reserved flag | 10 [ MQTT 04 c3 0000 'a' as1 ] | -
[MQTT-3.1.2-3] the reserved flag alone | 10 [ MQTT 04 01 0000 'a' ] | -
[MQTT-3.1.2-13] will QoS 1 without a will | 10 [ MQTT 04 ca 0000 'a' as1 ] | -
[MQTT-3.1.2-13] will QoS 2 without a will | 10 [ MQTT 04 d2 0000 'a' as1 ] | -
[MQTT-3.1.2-13] will QoS 3 without a will | 10 [ MQTT 04 da 0000 'a' as1 ] | -
[MQTT-3.1.2-15] will retain without a will | 10 [ MQTT 04 e2 0000 'a' as1 ] | -
[MQTT-3.1.2-14] will QoS 3 | 10 [ MQTT 04 de 0000 'a' @A 0001 78 as1 ] | -
[MQTT-3.1.3-4] a client id that is no UTF-8 | 10 [ MQTT 04 c2 0000 0001 ff as1 ] | -
[MQTT-3.1.3-4] a client id with an encoded surrogate | 10 [ MQTT 04 c2 0000 0003 eda080 as1 ] | -
[MQTT-1.5.3-2] a client id with U+0000 | 10 [ MQTT 04 c2 0000 0003 610062 as1 ] | -
[MQTT-3.1.3-11] a user name that is no UTF-8 | 10 [ MQTT 04 c2 0000 'a' 0001 ff 'p' ] | -
[MQTT-1.5.3-2] a user name with U+0000 | 10 [ MQTT 04 c2 0000 'a' 0001 00 'p' ] | -
[MQTT-3.1.3-10] a will topic that is no UTF-8 | 10 [ MQTT 04 c6 0000 'a' 0001 ff 0001 78 as1 ] | -
[MQTT-1.5.3-2] a will topic with U+0000 | 10 [ MQTT 04 c6 0000 'a' 0001 00 0001 78 as1 ] | -
[MQTT-4.7.3-1] an empty will topic | 10 [ MQTT 04 c6 0000 'a' 0000 0001 78 as1 ] | -
[MQTT-4.7.1-1] a will topic with a wildcard | 10 [ MQTT 04 c6 0000 'a' @A# 0001 78 as1 ] | -
[MQTT-3.1.4-1] a remaining length of five bytes | 10 80 80 80 80 01 00 | -
[MQTT-3.1.3-8] an empty client id without clean session | 10 [ MQTT 04 c0 0000 0000 as1 ] | connack 02
[MQTT-3.1.3-9] a client id of more bytes than are taken | 10 [ MQTT 04 c2 0000 ffff ("x")*65535 as1 ] | connack 02
[MQTT-3.2.2-4] [MQTT-3.2.2-5] a key that no thing has | 10 [ MQTT 04 c2 0000 'a' 'user' 'no key' ] | connack 04
[MQTT-3.2.2-4] a key that no thing has, without clean session | 10 [ MQTT 04 c0 0000 'a' 'user' 'no key' ] | connack 04
[MQTT-3.2.2-5] no user name and no password | 10 [ MQTT 04 02 0000 'a' ] | connack 04
[MQTT-3.2.2-5] a user name without a password | 10 [ MQTT 04 82 0000 'a' 'user' ] | connack 04
[MQTT-3.2.2-5] a user name of another thing | 10 [ MQTT 04 c2 0000 'a' 'user' 'key-1' ] | connack 04
[MQTT-3.2.2-5] a password that is no text | 10 [ MQTT 04 c2 0000 'a' 0000 0002 ff00 ] | connack 04
[MQTT-3.2.2-5] a will for a channel that the thing may not write to | 10 [ MQTT 04 c6 0000 'b' @B 0001 78 as2 ] | connack 05
[MQTT-3.2.2-5] a will for a topic that means nothing here | 10 [ MQTT 04 c6 0000 'a' 'nowhere' 0001 78 as1 ] | connack 05
[MQTT-3.1.4-5] a refused CONNECT and a PUBLISH behind it | 10 [ MQTT 04 c2 0000 'a' 'user' 'no' ] 30 [ @A "x" ] | connack 04
[MQTT-3.1.0-1] a PUBLISH that comes first | 30 [ @A "x" ] | -
[MQTT-3.1.0-1] a PUBACK that comes first | 40 02 0001 | -
[MQTT-3.1.0-1] a PUBREL that comes first | 62 02 0001 | -
[MQTT-3.1.0-1] a SUBSCRIBE that comes first | 82 [ 0001 @A 00 ] | -
[MQTT-3.1.0-1] an UNSUBSCRIBE that comes first | a2 [ 0001 @A ] | -
[MQTT-3.1.0-1] a PINGREQ that comes first | c0 00 | -
[MQTT-3.1.0-1] a DISCONNECT that comes first | e0 00 | -
[MQTT-3.1.0-1] a CONNACK that comes first | 20 02 0000 | -
[MQTT-3.1.0-1] a packet of type 0 that comes first | 00 00 | -
[MQTT-3.1.0-1] a packet of type 15 that comes first | f0 00 | -
[MQTT-3.1.0-1] a request of HTTP | "GET" 20 "/" 20 "HTTP/1.1" 0d0a (78)*80 | -
`,
  refused: `
[MQTT-3.1.0-2] a second CONNECT | 10 [ MQTT 04 c2 0000 'a' as1 ]
[MQTT-3.1.0-2] a second CONNECT of another client | 10 [ MQTT 04 c2 0000 'z' as2 ]
[MQTT-3.1.0-2] a second CONNECT of another version | 10 [ MQTT 05 c2 0000 [ ] 'a' as1 ]
[MQTT-3.1.0-2] a second CONNECT that cannot be read | 10 00
`,
  talks: `
[MQTT-3.1.4-4] [MQTT-3.2.0-1] [MQTT-3.2.2-1] is answered | a> 10 [ MQTT 04 c2 0000 'a' as1 ]; a< connack 00
[MQTT-3.2.2-3] without clean session and without a session | a> 10 [ MQTT 04 c0 0000 'a' as1 ]; a< connack 00
[MQTT-3.1.3-6] an empty client id with clean session | a> 10 [ MQTT 04 c2 0000 0000 as1 ]; a< connack 00
[MQTT-3.1.3-6] two clients without id do not take each other over | a> 10 [ MQTT 04 c2 0000 0000 as1 ]; a< connack 00; c> 10 [ MQTT 04 c2 0000 0000 as1 ]; c< connack 00; a> c0 00; a< pingresp
[MQTT-3.1.3-5] a client id of 23 letters and digits | a> 10 [ MQTT 04 c2 0000 'ABCDEFGHIJabcdefghij012' as1 ]; a< connack 00
[MQTT-3.1.2-19] an empty user name | a> 10 [ MQTT 04 c2 0000 'a' 0000 'key-1' ]; a< connack 00
[MQTT-3.1.4-2] a client id that comes again takes over | c> 10 [ MQTT 04 c2 0000 'a' as1 ]; c< connack 00; a!
[MQTT-3.1.4-2] a client id of another thing takes nobody over | b> 10 [ MQTT 04 c2 0000 'a' as2 ]; b< connack 00; a> c0 00; a< pingresp
[MQTT-3.1.4-5] packets right behind a CONNECT are taken | a> 10 [ MQTT 04 c2 0000 'a' as1 ] c0 00; a< connack 00; a< pingresp
[MQTT-3.1.2-24] silence of one and a half keep alives | a> 10 [ MQTT 04 c2 000a 'a' as1 ]; a< connack 00; ~ 14.9s; ~ 0.2s; a!
[MQTT-3.1.2-24] any packet begins the time anew | a> 10 [ MQTT 04 c2 000a 'a' as1 ]; a< connack 00; ~ 14s; a> 30 [ @A ]; ~ 14s; a> c0 00; a< pingresp; ~ 15.1s; a!
[MQTT-3.1.2-24] keep alive 0 waits for ever | a> 10 [ MQTT 04 c2 0000 'a' as1 ]; a< connack 00; ~ 1000000s; a> c0 00; a< pingresp
[MQTT-3.1.2-8] the will is published when the connection breaks | a> 10 [ MQTT 04 c6 0000 'a' @A/w 'gone' as1 ]; a< connack 00; +b; b> 82 [ 0001 @A# 02 ]; b< suback 1 02; a.; b< publish q0 A/w: gone
[MQTT-3.1.2-9] the will has its QoS, 1 | a> 10 [ MQTT 04 ce 0000 'a' @A/w 'gone' as1 ]; a< connack 00; +b; b> 82 [ 0001 @A# 02 ]; b< suback 1 02; a.; b< publish q1 #x A/w: gone
[MQTT-3.1.2-9] the will has its QoS, 2 | a> 10 [ MQTT 04 d6 0000 'a' @A/w 'gone' as1 ]; a< connack 00; +b; b> 82 [ 0001 @A# 02 ]; b< suback 1 02; a.; b< publish q2 #x A/w: gone
[MQTT-3.1.2-10] [MQTT-3.14.4-3] DISCONNECT drops the will | a> 10 [ MQTT 04 c6 0000 'a' @A/w 'gone' as1 ]; a< connack 00; a> e0 00; a!; stored 0
[MQTT-3.1.2-8] a protocol error publishes the will | a> 10 [ MQTT 04 c6 0000 'a' @A/w 'gone' as1 ]; a< connack 00; a> 36 00; a!; stored 1
[MQTT-3.1.2-8] a DISCONNECT that cannot be read publishes the will | a> 10 [ MQTT 04 c6 0000 'a' @A/w 'gone' as1 ]; a< connack 00; a> e1 00; a!; stored 1
[MQTT-3.1.2-8] the keep alive publishes the will | a> 10 [ MQTT 04 c6 000a 'a' @A/w 'gone' as1 ]; a< connack 00; ~ 15s; a!; stored 1
[MQTT-3.1.2-8] a take-over publishes the will | a> 10 [ MQTT 04 c6 0000 'a' @A/w 'gone' as1 ]; a< connack 00; c> 10 [ MQTT 04 c2 0000 'a' as1 ]; c< connack 00; a!; stored 1
[MQTT-3.1.2-12] no will, none published | a.; stored 0
[MQTT-3.1.2-16] without will retain it is not retained | a> 10 [ MQTT 04 c6 0000 'a' @A/w 'gone' as1 ]; a< connack 00; a.; +b; b> 82 [ 0001 @A# 02 ]; b< suback 1 02
[MQTT-3.1.2-17] with will retain it is retained | a> 10 [ MQTT 04 e6 0000 'a' @A/w 'gone' as1 ]; a< connack 00; a.; +b; b> 82 [ 0001 @A# 02 ]; b< suback 1 02; b< publish q0 retain A/w: gone
[MQTT-3.1.2-7] a retained message outlives the session of its publisher | > 33 [ @A 0001 "x" ]; < puback 1; > e0 00; !; +b; b> 82 [ 0001 @A 00 ]; b< suback 1 00; b< publish q0 retain A: x
[MQTT-3.1.2-6] clean session 1 begins without subscriptions | > 82 [ 0001 @A 00 ]; < suback 1 00; c> 10 [ MQTT 04 c2 0000 'a' as1 ]; c< connack 00; a!; c> 30 [ @A "x" ]; stored 1
`,
};
