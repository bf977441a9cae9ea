import { type RouteGroup, webSocketRoute } from "./http/mod.ts";
import { MQTT_SUBPROTOCOLS, type MqttServer } from "./mqtt/mod.ts";

/** `/mqtt` on the HTTP ports: the HTTP edge opens WebSockets, on which the MQTT edge then speaks. */
export function mqttOverWebSocket(mqtt: MqttServer): RouteGroup {
  return webSocketRoute({
    path: "/mqtt",
    summary: "MQTT over WebSocket",
    protocols: MQTT_SUBPROTOCOLS,
    onOpened: (socket, peer) => mqtt.attachWebSocket(socket, peer),
  });
}
