// What a real client does, by both of Eclipse Paho's libraries for Go: see ../scenario.ts.
package main

import (
	"fmt"
	"os"
	"time"
)

// A message as the scenario tells of it.
type message struct {
	qos     byte
	payload string
	// What MQTT 5.0 says of it.
	properties string
}

// One connection of a client.
type connection interface {
	subscribe(topic string, qos byte)
	publish(topic string, qos byte, payload string)
	messages() <-chan message
	disconnect()
}

// Who connects to which server.
type server struct {
	port, username, password string
}

const patience = 10 * time.Second

func main() {
	at := server{port: os.Args[1], username: os.Args[3], password: os.Args[4]}
	topic := os.Args[5]
	connect := connect4
	if os.Args[2] == "5" {
		connect = connect5
	}
	client, _ := connect(at, "exchange", true)
	client.subscribe(topic, 2)
	for qos, payload := range []string{"zero", "one", "two"} {
		client.publish(topic, byte(qos), payload)
		tell(client)
	}
	client.disconnect()
	client, present := connect(at, "durable", false)
	fmt.Println("present", present)
	client.subscribe(topic, 1)
	client.disconnect()
	other, _ := connect(at, "other", true)
	other.publish(topic, 1, "missed")
	other.disconnect()
	client, present = connect(at, "durable", false)
	fmt.Println("present", present)
	tell(client)
	client.disconnect()
}

func tell(client connection) {
	select {
	case heard := <-client.messages():
		fmt.Printf("%d %s%s\n", heard.qos, heard.payload, heard.properties)
	case <-time.After(patience):
		fail("no message came")
	}
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(why string) {
	fmt.Println("failed:", why)
	os.Exit(1)
}
