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
  return `
  Millrace is ready (${(options.readyMs / 1_000).toFixed(1)} s)

    HTTP    ${addresses.http}    reference: ${addresses.http}/docs
    MQTT    ${addresses.mqtt}
    Data    ${settings.data}
    Sign in ${settings.adminEmail}, password ${password}

  Paste these to create a thing and a channel, publish, and read back:

    read -r C KEY < <(curl -s ${addresses.http}/quickstart -d '{"email":"${settings.adminEmail}","password":"${shown}"}' -H 'content-type: application/json')
    mosquitto_pub -h ${mqtt.hostname} -p ${mqtt.port} -u "" -P "$KEY" -q 1 -t "channels/$C/messages" -m '[{"n":"temp","u":"Cel","v":21.5}]'
    curl -s "${addresses.http}/channels/$C/messages" -H "Authorization: Thing $KEY"
`;
}
