import type { CaseFile } from "./case_file.ts";

/** A server that takes little at once. */
export const LIMITS_5: CaseFile = {
  version: 5,
  about: "flow control and limits",
  limits: { receiveMaximum: 2, topicAliasMaximum: 1, packetBytesMax: 200, subscriptionsMax: 2 },
  refused: `
[MQTT5-3.2.2-15] one byte more than the maximum packet size | 30 c601 @A 00 (78)*141 | 95
[MQTT5-3.2.2-15] a packet that is announced as too large | 30 ffffff7f | 95
[MQTT5-3.2.2-17] an alias above the maximum | 30 [ @A [ alias 0002 ] "x" ] | 94
`,
  talks: `
[MQTT5-3.2.2-15] [MQTT5-3.2.2-17] the limits stand in the CONNACK | a> 10 [ MQTT 05 c2 0000 [ ] 'a' as1 ]; a< connack 00 {receiveMax=2, aliasMax=1, maxPacket=200}
[MQTT5-3.2.2-15] exactly the maximum packet size is taken | > 30 c501 @A 00 (78)*140; stored 1
[MQTT5-3.3.2-12] the only alias is taken | > 30 [ @A [ alias 0001 ] "x" ] 30 [ 0000 [ alias 0001 ] "y" ]; stored 2
[MQTT5-3.3.4-7] as many of QoS 1 as the receive maximum | hold; > 32 [ @A 0001 [ ] ] 32 [ @A 0002 [ ] ]; settle; < puback 1; < puback 2
[MQTT5-3.3.4-7] one of QoS 1 more than the receive maximum | hold; > 32 [ @A 0001 [ ] ] 32 [ @A 0002 [ ] ] 32 [ @A 0003 [ ] ]; < disconnect 93; !
[MQTT5-3.3.4-7] one of QoS 2 more than the receive maximum | hold; > 34 [ @A 0001 [ ] ] 34 [ @A 0002 [ ] ] 34 [ @A 0003 [ ] ]; < disconnect 93; !
[MQTT5-3.3.4-7] QoS 1 and 2 count together | hold; > 34 [ @A 0001 [ ] ] 32 [ @A 0002 [ ] ] 32 [ @A 0003 [ ] ]; < disconnect 93; !
[MQTT5-3.3.4-7] QoS 2 counts until PUBCOMP | > 34 [ @A 0001 [ ] ] 34 [ @A 0002 [ ] ]; < pubrec 1; < pubrec 2; > 34 [ @A 0003 [ ] ]; < disconnect 93; !
[MQTT5-4.9.0-2] PUBCOMP makes room | > 34 [ @A 0001 [ ] ] 34 [ @A 0002 [ ] ]; < pubrec 1; < pubrec 2; > 62 [ 0001 ]; < pubcomp 1; > 34 [ @A 0003 [ ] ]; < pubrec 3
[MQTT5-4.9.0-2] PUBACK makes room | > 32 [ @A 0001 [ ] ] 32 [ @A 0002 [ ] ]; < puback 1; < puback 2; > 32 [ @A 0003 [ ] ] 32 [ @A 0004 [ ] ]; < puback 3; < puback 4
[MQTT5-4.9.0-2] a PUBREC that refuses makes room | > 34 [ @X 0001 [ ] ] 34 [ @X 0002 [ ] ]; < pubrec 1 87; < pubrec 2 87; > 34 [ @A 0003 [ ] ] 34 [ @A 0004 [ ] ]; < pubrec 3; < pubrec 4
[MQTT5-4.3.3-10] QoS 2 that is sent again does not count twice | > 34 [ @A 0001 [ ] ] 34 [ @A 0002 [ ] ]; < pubrec 1; < pubrec 2; > 3c [ @A 0001 [ ] ] 3c [ @A 0002 [ ] ]; < pubrec 1; < pubrec 2; stored 2
[MQTT5-4.9.0-3] QoS 0 and other packets are taken at any time | hold; > 32 [ @A 0001 [ ] ] 32 [ @A 0002 [ ] ] 30 [ @A [ ] ] c0 00; < pingresp; settle; < puback 1; < puback 2; stored 3
[MQTT5-3.9.3-2] more filters than are taken are answered with 0x97 | > 82 [ 0001 [ ] @A 00 @B 00 ]; < suback 1 00 00; > 82 [ 0002 [ ] @A/x 00 ]; < suback 2 97
[MQTT5-3.9.3-2] a filter that is there already is taken again | > 82 [ 0001 [ ] @A 00 @B 00 ]; < suback 1 00 00; > 82 [ 0002 [ ] @A 01 ]; < suback 2 01
[MQTT5-3.1.2-24] a client that cannot take its SUBACK hears 0x95 | +b maxPacket 00000015; b> 82 [ 0001 [ ] 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 ]; b< suback 1 8f 8f 8f 8f 8f 8f 8f 8f 8f 8f 8f 8f 8f 8f 8f 8f; b> 82 [ 0001 [ ] 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 'a' 00 ]; b< disconnect 95 {-reason}; b!
[MQTT5-3.1.2-24] a client that cannot take its UNSUBACK hears 0x95 | +b maxPacket 00000015; b> a2 [ 0001 [ ] 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' ]; b< disconnect 95 {-reason}; b!
[MQTT5-3.1.2-24] a client that cannot take its CONNACK hears 0x95 | a> 10 [ MQTT 05 c2 0000 [ maxPacket 0000000f ] 'a' as1 ]; a< connack 95 {-reason}; a!
[MQTT5-3.1.2-24] a client that cannot take its new client id hears 0x95 | a> 10 [ MQTT 05 c2 0000 [ maxPacket 00000020 ] 0000 as1 ]; a< connack 95 {-reason}; a!
[MQTT5-3.1.2-24] a client that can take nothing hears nothing | a> 10 [ MQTT 05 c2 0000 [ maxPacket 00000004 ] 'a' as1 ]; a!
`,
};
