import { newId } from "../actors/mod.ts";
import type { Addresses } from "./data_folder.ts";
import type { Settings } from "./flags.ts";

/** What a person reads once the platform is ready. */
export function startBlock(options: {
  readonly addresses: Addresses;
  readonly settings: Settings;
  readonly generatedPassword?: string;
  readonly readyMs: number;
}): string {
  const { addresses, settings, generatedPassword } = options;
  const password = generatedPassword ??
    (settings.adminPassword === undefined
      ? `see ${settings.data}/admin-password`
      : "as you set it");
  const shown = generatedPassword ?? "$PASSWORD";
  const mqtt = new URL(addresses.mqtt);
  const http = addresses.http;
  const json = "-H 'content-type: application/json'";
  const [thing, channel, key] = [newId(), newId(), newId()];
  return `
  Millrace is ready (${(options.readyMs / 1_000).toFixed(1)} s)

    HTTP     ${http}   (reference: ${http}/docs)
    MQTT     ${addresses.mqtt}
    Data     ${settings.data}
    Sign in  ${settings.adminEmail}, password ${password}

  Paste these to create a thing, publish, and read back:

  TOKEN=$(curl -s ${http}/tokens ${json} -d '{"email":"${settings.adminEmail}","password":"${shown}"}' | cut -d'"' -f4); curl -s ${http}/things ${json} -H "Authorization: Bearer $TOKEN" -d '{"id":"${thing}","key":"${key}","name":"first"}'; curl -s ${http}/channels ${json} -H "Authorization: Bearer $TOKEN" -d '{"id":"${channel}","name":"first"}'; curl -s ${http}/connect ${json} -H "Authorization: Bearer $TOKEN" -d '{"thing_ids":["${thing}"],"channel_ids":["${channel}"]}'

  mosquitto_pub -h ${mqtt.hostname} -p ${mqtt.port} -u ${thing} -P ${key} -q 1 -t channels/${channel}/messages -m '[{"n":"temperature","u":"Cel","v":21.5}]'

  curl -s ${http}/channels/${channel}/messages -H "Authorization: Thing ${key}"; curl -s ${http}/things/${thing}/history -H "Authorization: Bearer $TOKEN"
`;
}
