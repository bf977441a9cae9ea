import type { CaseFile } from "./case_file.ts";

/** What outlives a connection: `s` is the client id that comes again. */
export const SESSION_5: CaseFile = {
  version: 5,
  about: "session",
  talks: `
[MQTT5-3.1.2-5] [MQTT5-3.1.2-23] [MQTT5-3.2.2-3] with an expiry goes on with its subscriptions | a> 10 [ MQTT 05 c2 0000 [ sessionExpiry 00000064 ] 's' as1 ]; a< connack 00; a> 82 [ 0001 [ ] @A 00 ]; a< suback 1 00; a.; c> 10 [ MQTT 05 c0 0000 [ sessionExpiry 00000064 ] 's' as1 ]; c< connack 00 present; +b; b> 30 [ @A [ ] "x" ]; c< publish q0 A: x
[MQTT5-3.1.2-23] without an expiry is not kept | a> 10 [ MQTT 05 c2 0000 [ ] 's' as1 ]; a< connack 00; a> 82 [ 0001 [ ] @A 00 ]; a< suback 1 00; a.; c> 10 [ MQTT 05 c0 0000 [ ] 's' as1 ]; c< connack 00; +b; b> 30 [ @A [ ] "x" ]
[MQTT5-3.1.2-4] [MQTT5-3.1.4-4] [MQTT5-3.2.2-2] clean start drops the one that is there | a> 10 [ MQTT 05 c2 0000 [ sessionExpiry 00000064 ] 's' as1 ]; a< connack 00; a> 82 [ 0001 [ ] @A 00 ]; a< suback 1 00; a.; c> 10 [ MQTT 05 c2 0000 [ ] 's' as1 ]; c< connack 00; c.; d> 10 [ MQTT 05 c0 0000 [ ] 's' as1 ]; d< connack 00; +b; b> 30 [ @A [ ] "x" ]
[MQTT5-3.1.4-4] goes on where its connection was taken over | a> 10 [ MQTT 05 c2 0000 [ sessionExpiry 00000064 ] 's' as1 ]; a< connack 00; a> 82 [ 0001 [ ] @A 00 ]; a< suback 1 00; c> 10 [ MQTT 05 c0 0000 [ ] 's' as1 ]; a< disconnect 8e; a!; c< connack 00 present; +b; b> 30 [ @A [ ] "x" ]; c< publish q0 A: x
[MQTT5-4.1.0-2] is over when its expiry has passed | a> 10 [ MQTT 05 c2 0000 [ sessionExpiry 00000064 ] 's' as1 ]; a< connack 00; a.; ~ 101s; c> 10 [ MQTT 05 c0 0000 [ ] 's' as1 ]; c< connack 00
[MQTT5-4.1.0-2] is not over before | a> 10 [ MQTT 05 c2 0000 [ sessionExpiry 00000064 ] 's' as1 ]; a< connack 00; a.; ~ 99s; c> 10 [ MQTT 05 c0 0000 [ ] 's' as1 ]; c< connack 00 present
[MQTT5-4.1.0-1] is not over while it has a connection, however long | a> 10 [ MQTT 05 c2 0000 [ sessionExpiry 00000001 ] 's' as1 ]; a< connack 00; a> 82 [ 0001 [ ] @A 00 ]; a< suback 1 00; ~ 1000s; +b; b> 30 [ @A [ ] "x" ]; a< publish q0 A: x
[MQTT5-4.1.0-2] ends with its connection if DISCONNECT says so | a> 10 [ MQTT 05 c2 0000 [ sessionExpiry 00000064 ] 's' as1 ]; a< connack 00; a> e0 [ 00 [ sessionExpiry 00000000 ] ]; a!; c> 10 [ MQTT 05 c0 0000 [ ] 's' as1 ]; c< connack 00
[MQTT5-3.1.3-2] belongs to its client id | a> 10 [ MQTT 05 c2 0000 [ sessionExpiry 00000064 ] 's' as1 ]; a< connack 00; a.; c> 10 [ MQTT 05 c0 0000 [ ] 't' as1 ]; c< connack 00; d> 10 [ MQTT 05 c0 0000 [ ] 's' as1 ]; d< connack 00 present
[MQTT5-3.1.3-2] belongs to its thing | a> 10 [ MQTT 05 c2 0000 [ sessionExpiry 00000064 ] 's' as1 ]; a< connack 00; a.; b> 10 [ MQTT 05 c0 0000 [ ] 's' as2 ]; b< connack 00
[MQTT5-4.3.3-10] knows a QoS 2 message again | a> 10 [ MQTT 05 c2 0000 [ sessionExpiry 00000064 ] 's' as1 ]; a< connack 00; a> 34 [ @A 0001 [ ] "x" ]; a< pubrec 1; a.; c> 10 [ MQTT 05 c0 0000 [ ] 's' as1 ]; c< connack 00 present; c> 3c [ @A 0001 [ ] "x" ]; c< pubrec 1; stored 1; c> 62 [ 0001 ]; c< pubcomp 1
[MQTT5-3.1.3-9] a will that is delayed is dropped when its client returns | a> 10 [ MQTT 05 c6 0000 [ sessionExpiry 00000064 ] 's' [ willDelay 0000000a ] @A/w 'gone' as1 ]; a< connack 00; a.; ~ 9s; c> 10 [ MQTT 05 c0 0000 [ ] 's' as1 ]; c< connack 00 present; ~ 10s; stored 0
[MQTT5-3.1.2-8] a will that is delayed is published after its delay | a> 10 [ MQTT 05 c6 0000 [ sessionExpiry 00000064 ] 's' [ willDelay 0000000a ] @A/w 'gone' as1 ]; a< connack 00; a.; ~ 9s; stored 0; ~ 1s; stored 1
[MQTT5-3.1.2-8] a will is not delayed beyond the end of its session | a> 10 [ MQTT 05 c6 0000 [ sessionExpiry 00000005 ] 's' [ willDelay 0000000a ] @A/w 'gone' as1 ]; a< connack 00; a.; ~ 4s; stored 0; ~ 1s; stored 1
[MQTT5-3.1.2-8] a will that is delayed is published when a clean start ends the session | a> 10 [ MQTT 05 c6 0000 [ sessionExpiry 00000064 ] 's' [ willDelay 0000000a ] @A/w 'gone' as1 ]; a< connack 00; a.; c> 10 [ MQTT 05 c2 0000 [ ] 's' as1 ]; c< connack 00; stored 1
`,
};
