/**
 * `deno task soak mqtt`: MQTT clients that come, go, misbehave and stop reading, for an hour.
 *
 * Main path: `soakMqtt` starts a platform and all clients; `publisher.ts` numbers what it says,
 * `subscriber.ts` hands what it hears to a `Ledger`; `durable_client.ts` is how both come and go;
 * passers-by, misbehaving and stalled clients disturb them; `verdict.ts` says how it ended.
 *
 * Everything ends by time, and nothing here keeps what it heard: an hour are millions of messages.
 */
export { Ledger } from "./ledger.ts";
export { type MqttSoakOptions, soakMqtt } from "./soak_mqtt.ts";
