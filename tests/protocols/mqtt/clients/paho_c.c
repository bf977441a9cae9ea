/* What a real client does, by Eclipse Paho for C: see scenario.ts. */
#include <MQTTClient.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 10000

static const char *username, *password, *topic;
static char address[64];
static int five;

static void check(int ok, const char *what) {
  if (ok) return;
  printf("failed: %s\n", what);
  exit(1);
}

static void tell_present(int present) {
  /* Of MQTT 5.0 the library keeps to itself whether there was a session. */
  if (!five) printf("present %s\n", present ? "true" : "false");
}

static MQTTClient open_client(const char *id, int clean, int *present) {
  MQTTClient client;
  *present = 0;
  MQTTClient_createOptions create = MQTTClient_createOptions_initializer;
  create.MQTTVersion = five ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
  check(MQTTClient_createWithOptions(&client, address, id, MQTTCLIENT_PERSISTENCE_NONE, NULL,
                                     &create) == MQTTCLIENT_SUCCESS, "create");
  if (five) {
    MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer5;
    MQTTProperties properties = MQTTProperties_initializer;
    MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL};
    expiry.value.integer4 = 3600;
    options.cleanstart = clean;
    options.username = username;
    options.password = password;
    if (!clean) MQTTProperties_add(&properties, &expiry);
    MQTTResponse response = MQTTClient_connect5(client, &options, &properties, NULL);
    check(response.reasonCode == MQTTREASONCODE_SUCCESS, "connect");
    MQTTResponse_free(response);
    MQTTProperties_free(&properties);
  } else {
    MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
    options.MQTTVersion = MQTTVERSION_3_1_1;
    options.cleansession = clean;
    options.username = username;
    options.password = password;
    check(MQTTClient_connect(client, &options) == MQTTCLIENT_SUCCESS, "connect");
    *present = options.returned.sessionPresent;
  }
  return client;
}

static void subscribe(MQTTClient client, int qos) {
  if (!five) {
    check(MQTTClient_subscribe(client, topic, qos) == MQTTCLIENT_SUCCESS, "subscribe");
    return;
  }
  MQTTResponse response = MQTTClient_subscribe5(client, topic, qos, NULL, NULL);
  check((int)response.reasonCode == qos, "subscribe");
  MQTTResponse_free(response);
}

static void add_text(MQTTProperties *properties, enum MQTTPropertyCodes code, char *text) {
  MQTTProperty property = {.identifier = code};
  property.value.data = (MQTTLenString){.len = (int)strlen(text), .data = text};
  if (code == MQTTPROPERTY_CODE_USER_PROPERTY) {
    property.value.data = (MQTTLenString){.len = 1, .data = "k"};
    property.value.value = (MQTTLenString){.len = (int)strlen(text), .data = text};
  }
  MQTTProperties_add(properties, &property);
}

static void publish(MQTTClient client, int qos, char *payload) {
  MQTTClient_message message = MQTTClient_message_initializer;
  MQTTClient_deliveryToken token;
  message.payload = payload;
  message.payloadlen = (int)strlen(payload);
  message.qos = qos;
  if (five) {
    add_text(&message.properties, MQTTPROPERTY_CODE_CONTENT_TYPE, "text/plain");
    add_text(&message.properties, MQTTPROPERTY_CODE_RESPONSE_TOPIC, "answers");
    add_text(&message.properties, MQTTPROPERTY_CODE_CORRELATION_DATA, "c");
    add_text(&message.properties, MQTTPROPERTY_CODE_USER_PROPERTY, "v");
    MQTTResponse response = MQTTClient_publishMessage5(client, topic, &message, &token);
    check(response.reasonCode < MQTTREASONCODE_UNSPECIFIED_ERROR, "publish");
    MQTTResponse_free(response);
    MQTTProperties_free(&message.properties);
  } else {
    check(MQTTClient_publishMessage(client, topic, &message, &token) == MQTTCLIENT_SUCCESS,
          "publish");
  }
  check(MQTTClient_waitForCompletion(client, token, PATIENCE_MS) == MQTTCLIENT_SUCCESS,
        "acknowledge");
}

static void tell_text(MQTTProperties *properties, const char *name, enum MQTTPropertyCodes code) {
  MQTTProperty *property = MQTTProperties_getProperty(properties, code);
  check(property != NULL, name);
  printf(" %s=%.*s", name, property->value.data.len, property->value.data.data);
  if (code == MQTTPROPERTY_CODE_USER_PROPERTY) {
    printf(":%.*s", property->value.value.len, property->value.value.data);
  }
}

static void tell(MQTTClient client) {
  char *name;
  int length;
  MQTTClient_message *message = NULL;
  MQTTClient_receive(client, &name, &length, &message, PATIENCE_MS);
  check(message != NULL, "no message came");
  printf("%d %.*s", message->qos, message->payloadlen, (char *)message->payload);
  if (five) {
    tell_text(&message->properties, "type", MQTTPROPERTY_CODE_CONTENT_TYPE);
    tell_text(&message->properties, "response", MQTTPROPERTY_CODE_RESPONSE_TOPIC);
    tell_text(&message->properties, "correlation", MQTTPROPERTY_CODE_CORRELATION_DATA);
    tell_text(&message->properties, "user", MQTTPROPERTY_CODE_USER_PROPERTY);
  }
  printf("\n");
  MQTTClient_freeMessage(&message);
  MQTTClient_free(name);
}

static void close_client(MQTTClient client) {
  int ended = five ? MQTTClient_disconnect5(client, PATIENCE_MS, MQTTREASONCODE_SUCCESS, NULL)
                   : MQTTClient_disconnect(client, PATIENCE_MS);
  check(ended == MQTTCLIENT_SUCCESS, "disconnect");
  MQTTClient_destroy(&client);
}

int main(int argc, char **argv) {
  char *payloads[] = {"zero", "one", "two"};
  int present;
  check(argc == 6, "arguments: port version username password topic");
  snprintf(address, sizeof address, "tcp://127.0.0.1:%s", argv[1]);
  five = strcmp(argv[2], "5") == 0;
  username = argv[3];
  password = argv[4];
  topic = argv[5];
  MQTTClient client = open_client("exchange", 1, &present);
  subscribe(client, 2);
  for (int qos = 0; qos <= 2; qos++) {
    publish(client, qos, payloads[qos]);
    tell(client);
  }
  close_client(client);
  client = open_client("durable", 0, &present);
  tell_present(present);
  subscribe(client, 1);
  close_client(client);
  MQTTClient other = open_client("other", 1, &present);
  publish(other, 1, "missed");
  close_client(other);
  client = open_client("durable", 0, &present);
  tell_present(present);
  tell(client);
  close_client(client);
  return 0;
}
