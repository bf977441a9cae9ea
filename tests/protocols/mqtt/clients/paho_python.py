"""What a real client does, by Eclipse Paho for Python: see scenario.ts."""

import queue
import sys

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

PATIENCE = 10
port, version, username, password, topic = sys.argv[1:6]
five = version == "5"


class Client:
    def __init__(self, client_id, clean):
        self.told = queue.Queue()
        self.messages = queue.Queue()
        # Version 2 of the library asks which of its callbacks are meant.
        callbacks = [mqtt.CallbackAPIVersion.VERSION1] if hasattr(mqtt, "CallbackAPIVersion") else []
        kept = {} if five else {"clean_session": clean}
        protocol = mqtt.MQTTv5 if five else mqtt.MQTTv311
        self.client = mqtt.Client(*callbacks, client_id=client_id, protocol=protocol, **kept)
        self.client.username_pw_set(username, password)
        self.client.on_connect = lambda _client, _data, flags, *_: self.told.put(flags)
        self.client.on_subscribe = lambda *_: self.told.put("subscribed")
        self.client.on_disconnect = lambda *_: self.told.put("disconnected")
        self.client.on_message = lambda _client, _data, message: self.messages.put(message)
        options = {}
        if five:
            options["clean_start"] = clean
            if not clean:
                options["properties"] = Properties(PacketTypes.CONNECT)
                options["properties"].SessionExpiryInterval = 3600
        self.client.connect("127.0.0.1", int(port), **options)
        self.client.loop_start()
        self.present = self.told.get(timeout=PATIENCE)["session present"] == 1

    def subscribe(self, qos):
        self.client.subscribe(topic, qos)
        assert self.told.get(timeout=PATIENCE) == "subscribed"

    def publish(self, qos, payload):
        properties = None
        if five:
            properties = Properties(PacketTypes.PUBLISH)
            properties.ContentType = "text/plain"
            properties.ResponseTopic = "answers"
            properties.CorrelationData = b"c"
            properties.UserProperty = ("k", "v")
        self.client.publish(topic, payload, qos, properties=properties).wait_for_publish(PATIENCE)

    def tell(self):
        message = self.messages.get(timeout=PATIENCE)
        said = ""
        if five:
            own = message.properties
            [(name, value)] = own.UserProperty
            said = f" type={own.ContentType} response={own.ResponseTopic}"
            said += f" correlation={own.CorrelationData.decode()} user={name}:{value}"
        print(message.qos, message.payload.decode() + said)

    def disconnect(self):
        self.client.disconnect()
        assert self.told.get(timeout=PATIENCE) == "disconnected"
        self.client.loop_stop()


client = Client("exchange", clean=True)
client.subscribe(2)
for qos, payload in enumerate(["zero", "one", "two"]):
    client.publish(qos, payload)
    client.tell()
client.disconnect()

client = Client("durable", clean=False)
print("present", str(client.present).lower())
client.subscribe(1)
client.disconnect()
other = Client("other", clean=True)
other.publish(1, "missed")
other.disconnect()
client = Client("durable", clean=False)
print("present", str(client.present).lower())
client.tell()
client.disconnect()
