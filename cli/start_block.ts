import { newId } from "../actors/mod.ts";
import type { Addresses } from "./data_folder.ts";
import type { Settings } from "./flags.ts";
import { ROLES } from "./role_flag.ts";

/** What a person reads once the platform is ready. */
export function startBlock(options: {
  readonly addresses: Addresses;
  readonly settings: Settings;
  readonly generatedPassword?: string;
  readonly readyMs: number;
}): string {
  const { addresses, settings, generatedPassword } = options;
  if (addresses.mqtt === undefined || settings.roles.size < ROLES.length) return partBlock(options);
  const password = generatedPassword ??
    (settings.adminPassword === undefined
      ? `see ${settings.data}/admin-password`
      : "as you set it");
  const shown = generatedPassword ?? "$PASSWORD";
  const mqtt = new URL(addresses.mqtt);
  // URLs write an IPv6 address in brackets, mosquitto_pub takes none.
  const host = mqtt.hostname.replace(/^\[|\]$/g, "");
  const http = addresses.http;
  const [thing, channel, key] = [newId(), newId(), newId()];
  return `
  Millrace is ready (${seconds(options.readyMs)} s)

    HTTP     ${http}   (reference: ${http}/docs)
    MQTT     ${addresses.mqtt}${secureLines(addresses)}
    Data     ${settings.data}
    Sign in  ${settings.adminEmail}, password ${password}

  Three lines to paste: create a thing on a channel, publish, read back

U=${http} T=${thing} K=${key} C=${channel} J='content-type: application/json'; A="Authorization: Bearer $(curl -s $U/tokens -H "$J" -d '{"email":"${settings.adminEmail}","password":"${shown}"}' | cut -d'"' -f4)"; curl -s $U/things -H "$A" -H "$J" -d '{"id":"'$T'","key":"'$K'"}'; curl -s $U/channels -H "$A" -H "$J" -d '{"id":"'$C'"}'; curl -s -X PUT $U/channels/$C/things/$T -H "$A"

mosquitto_pub -h ${host} -p ${mqtt.port} -u $T -P $K -q 1 -t channels/$C/messages -m '[{"n":"temperature","u":"Cel","v":21.5}]'

curl -s $U/channels/$C/messages -H "Authorization: Thing $K"; curl -s $U/things/$T/history -H "$A"
`;
}

/** Of a process that is a part of several. */
function partBlock({ addresses, settings, readyMs }: {
  readonly addresses: Addresses;
  readonly settings: Settings;
  readonly readyMs: number;
}): string {
  const { http, mqtt } = addresses;
  return `
  Millrace is ready (${seconds(readyMs)} s), as ${[...settings.roles].join(", ")}

    HTTP     ${http}${mqtt === undefined ? "" : `\n    MQTT     ${mqtt}`}${secureLines(addresses)}
    Data     ${settings.data}
`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

/** The ports that are open only with a certificate. */
function secureLines({ https, mqtts }: Addresses): string {
  const open = [["HTTPS", https], ["MQTTS", mqtts]].filter(([, address]) => address !== undefined);
  return open.map(([name, address]) => `\n    ${name}    ${address}`).join("");
}
