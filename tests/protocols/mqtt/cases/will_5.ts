import type { CaseFile } from "./case_file.ts";

/** `b` listens to channel A; `a` leaves a will there. */
export const WILL_5: CaseFile = {
  version: 5,
  about: "will",
  talks: `
[MQTT5-3.1.2-8] is published when the connection breaks | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] @A/w 'gone' as1 ]; a< connack 00; +b; b> 82 [ 0001 [ ] @A# 02 ]; b< suback 1 02; a.; b< publish q0 A/w: gone
[MQTT5-3.1.2-7] [MQTT5-3.1.2-9] [MQTT5-3.1.2-12] has the QoS that it was given, 1 | a> 10 [ MQTT 05 ce 0000 [ ] 'a' [ ] @A/w 'gone' as1 ]; a< connack 00; +b; b> 82 [ 0001 [ ] @A# 02 ]; b< suback 1 02; a.; b< publish q1 #x A/w: gone
[MQTT5-3.1.2-9] [MQTT5-3.1.2-12] has the QoS that it was given, 2 | a> 10 [ MQTT 05 d6 0000 [ ] 'a' [ ] @A/w 'gone' as1 ]; a< connack 00; +b; b> 82 [ 0001 [ ] @A# 02 ]; b< suback 1 02; a.; b< publish q2 #x A/w: gone
[MQTT5-3.1.2-10] [MQTT5-3.14.4-3] is dropped by DISCONNECT 0x00 | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] @A/w 'gone' as1 ]; a< connack 00; a> e0 00; a!; stored 0
[MQTT5-3.14.4-3] is dropped by DISCONNECT 0x00 with its length | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] @A/w 'gone' as1 ]; a< connack 00; a> e0 01 00; a!; stored 0
[MQTT5-3.1.2-8] is published by DISCONNECT 0x04 | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] @A/w 'gone' as1 ]; a< connack 00; a> e0 01 04; a!; stored 1
[MQTT5-3.1.2-8] is published by DISCONNECT with an error | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] @A/w 'gone' as1 ]; a< connack 00; a> e0 01 80; a!; stored 1
[MQTT5-3.1.2-8] is published after a protocol error | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] @A/w 'gone' as1 ]; a< connack 00; a> 36 00; a< disconnect 81; a!; stored 1
[MQTT5-3.1.2-8] is published after a malformed DISCONNECT | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] @A/w 'gone' as1 ]; a< connack 00; a> e1 00; a< disconnect 81; a!; stored 1
[MQTT5-3.1.2-8] is published after the keep alive | a> 10 [ MQTT 05 c6 000a [ ] 'a' [ ] @A/w 'gone' as1 ]; a< connack 00; ~ 15s; a< disconnect 8d; a!; stored 1
[MQTT5-3.1.2-8] is published when the session ends by take-over | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] @A/w 'gone' as1 ]; a< connack 00; c> 10 [ MQTT 05 c2 0000 [ ] 'a' as1 ]; a< disconnect 8e; c< connack 00; a!; stored 1
[MQTT5-3.1.2-8] none is published where there is none | +b; b> 82 [ 0001 [ ] @A# 02 ]; b< suback 1 02; a.; stored 0
[MQTT5-3.1.2-14] is not retained without will retain | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] @A/w 'gone' as1 ]; a< connack 00; a.; +b; b> 82 [ 0001 [ ] @A# 02 ]; b< suback 1 02
[MQTT5-3.1.2-15] is retained with will retain | a> 10 [ MQTT 05 e6 0000 [ ] 'a' [ ] @A/w 'gone' as1 ]; a< connack 00; a.; +b; b> 82 [ 0001 [ ] @A# 02 ]; b< suback 1 02; b< publish q0 retain A/w: gone
[MQTT5-3.1.2-9] may have an empty payload | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ ] @A/w '' as1 ]; a< connack 00; +b; b> 82 [ 0001 [ ] @A# 02 ]; b< suback 1 02; a.; b< publish q0 A/w:
[MQTT5-3.3.2-20] keeps its content type | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ type 'text/plain' ] @A/w 'gone' as1 ]; a< connack 00; +b; b> 82 [ 0001 [ ] @A# 02 ]; b< suback 1 02; a.; b< publish q0 A/w {type=text/plain}: gone
[MQTT5-3.3.2-4] keeps its payload format | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ format 01 ] @A/w 'gone' as1 ]; a< connack 00; +b; b> 82 [ 0001 [ ] @A# 02 ]; b< suback 1 02; a.; b< publish q0 A/w {format=1}: gone
[MQTT5-3.3.2-15] [MQTT5-3.3.2-16] keeps response topic and correlation data | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ response 'r' correlation 0002 0001 ] @A/w 'gone' as1 ]; a< connack 00; +b; b> 82 [ 0001 [ ] @A# 02 ]; b< suback 1 02; a.; b< publish q0 A/w {response=r, correlation=0001}: gone
[MQTT5-3.3.2-17] [MQTT5-3.1.3-10] [MQTT5-3.3.2-18] keeps its user properties in their order | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ user 'b' '1' user 'a' '2' user 'b' '1' ] @A/w 'gone' as1 ]; a< connack 00; +b; b> 82 [ 0001 [ ] @A# 02 ]; b< suback 1 02; a.; b< publish q0 A/w {user=b:1, user=a:2, user=b:1}: gone
[MQTT5-3.3.2-6] has its expiry from its publication on | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ expiry 0000003c ] @A/w 'gone' as1 ]; a< connack 00; +b; b> 82 [ 0001 [ ] @A# 02 ]; b< suback 1 02; ~ 100s; a.; b< publish q0 A/w {expiry=60}: gone
[MQTT5-3.1.3-10] user properties of the CONNECT are not those of the will | a> 10 [ MQTT 05 c6 0000 [ user 'c' '1' ] 'a' [ user 'w' '2' ] @A/w 'gone' as1 ]; a< connack 00; +b; b> 82 [ 0001 [ ] @A# 02 ]; b< suback 1 02; a.; b< publish q0 A/w {user=w:2}: gone
[MQTT5-3.1.2-8] is heard in 3.1.1 too | a> 10 [ MQTT 05 c6 0000 [ ] 'a' [ user 'w' '2' ] @A/w 'gone' as1 ]; a< connack 00; +b4; b> 82 [ 0001 @A# 02 ]; b< suback 1 02; a.; b< publish q0 A/w: gone
`,
};
