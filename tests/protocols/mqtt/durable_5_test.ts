import { back, connected } from "./raw_client.ts";
import { withLog } from "./real_log.ts";

Deno.test("mqtt 5.0 durable: [MQTT5-4.4.0-1] [MQTT5-4.3.2-3] [MQTT5-3.3.1-1] [MQTT5-4.5.0-1] QoS 1 without its PUBACK comes again with DUP, and what was missed behind it", () =>
  withLog(async (log) => {
    const device = await connected(log, "dev");
    device.send("82 [ 0001 [ ] @A 01 ]");
    await device.hears("suback 1 01");
    const publisher = await connected(log, "pub");
    publisher.send('32 [ @A 0001 [ ] "1" ] 32 [ @A 0002 [ ] "2" ]');
    await publisher.hears("puback 1", "puback 2");
    await device.hears("publish q1 #1 A: 1", "publish q1 #2 A: 2");
    device.send("40 [ 0001 ]");
    await device.leaves();
    publisher.send('32 [ @A 0003 [ ] "3" ]');
    await publisher.hears("puback 3");
    await back(log, "dev").hears(
      "connack 00 present",
      "publish q1 #2 dup A: 2",
      "publish q1 #3 A: 3",
    );
  }));

Deno.test("mqtt 5.0 durable: [MQTT5-4.4.0-1] [MQTT5-4.3.3-3] [MQTT5-4.3.3-5] [MQTT5-4.3.3-6] of QoS 2 the PUBLISH comes again before PUBREC, and behind it PUBREL alone", () =>
  withLog(async (log) => {
    const device = await connected(log, "dev");
    device.send("82 [ 0001 [ ] @A 02 ]");
    await device.hears("suback 1 02");
    const publisher = await connected(log, "pub");
    publisher.send('34 [ @A 0001 [ ] "1" ] 34 [ @A 0002 [ ] "2" ]');
    await publisher.hears("pubrec 1", "pubrec 2");
    await device.hears("publish q2 #1 A: 1", "publish q2 #2 A: 2");
    device.send("50 [ 0001 ]");
    await device.hears("pubrel 1");
    await device.leaves();
    const again = back(log, "dev");
    // Each keeps its own order: PUBLISH packets theirs, PUBREL packets theirs.
    await again.hears("connack 00 present", "publish q2 #2 dup A: 2", "pubrel 1");
    again.send("50 [ 0002 ] 70 [ 0001 ]");
    await again.hears("pubrel 2");
  }));

Deno.test("mqtt 5.0 durable: [MQTT5-4.8.2-4] a shared message of QoS 2 is completed with the member that had begun", () =>
  withLog(async (log) => {
    const device = await connected(log, "dev");
    device.send("82 [ 0001 [ ] @$share/g/A 02 ]");
    await device.hears("suback 1 02");
    const publisher = await connected(log, "pub");
    publisher.send('34 [ @A 0001 [ ] "1" ]');
    await publisher.hears("pubrec 1");
    await device.hears("publish q2 #1 A: 1");
    const other = await connected(log, "other");
    other.send("82 [ 0001 [ ] @$share/g/A 02 ]");
    await other.hears("suback 1 02");
    await device.leaves();
    const again = back(log, "dev");
    await again.hears("connack 00 present", "publish q2 #1 dup A: 1");
    again.send("50 [ 0001 ]");
    await again.hears("pubrel 1");
    await other.hears();
  }));

Deno.test("mqtt 5.0 durable: [MQTT5-3.1.2-24] [MQTT5-3.1.2-25] what a client that returns cannot take any more counts as sent", () =>
  withLog(async (log) => {
    const device = await connected(log, "dev");
    device.send("82 [ 0001 [ ] @A 01 ]");
    await device.hears("suback 1 01");
    const publisher = await connected(log, "pub");
    publisher.send('32 [ @A 0001 [ ] (78)*60 ] 32 [ @A 0002 [ ] "2" ]');
    await publisher.hears("puback 1", "puback 2");
    await device.hears(`publish q1 #1 A: ${"x".repeat(60)}`, "publish q1 #2 A: 2");
    await device.leaves();
    const again = back(log, "dev", "maxPacket 00000050");
    await again.hears("connack 00 present", "publish q1 #2 dup A: 2");
    await again.leaves();
    await back(log, "dev").hears("connack 00 present", "publish q1 #2 dup A: 2");
  }));

Deno.test("mqtt 5.0 durable: [MQTT5-3.3.4-9] [MQTT5-3.3.4-10] a client that returns gets no more at once than it takes now", () =>
  withLog(async (log) => {
    const device = await connected(log, "dev");
    device.send("82 [ 0001 [ ] @A 02 ]");
    await device.hears("suback 1 02");
    const publisher = await connected(log, "pub");
    publisher.send('34 [ @A 0001 [ ] "1" ] 32 [ @A 0002 [ ] "2" ] 32 [ @A 0003 [ ] "3" ]');
    await publisher.hears("pubrec 1", "puback 2", "puback 3");
    // QoS 2 goes out under its id when that is written down.
    await device.hears("publish q1 #2 A: 2", "publish q1 #3 A: 3", "publish q2 #1 A: 1");
    await device.leaves();
    publisher.send('32 [ @A 0004 [ ] "4" ]');
    await publisher.hears("puback 4");
    const again = back(log, "dev", "receiveMax 0001");
    await again.hears("connack 00 present", "publish q2 #1 dup A: 1");
    again.send("c0 00");
    await again.hears("pingresp");
    again.send("50 [ 0001 ]");
    await again.hears("pubrel 1");
    again.send("70 [ 0001 ]");
    await again.hears("publish q1 #2 dup A: 2");
    again.send("40 [ 0002 ]");
    await again.hears("publish q1 #3 dup A: 3");
    again.send("40 [ 0003 ]");
    await again.hears("publish q1 #4 A: 4");
  }));
