package main

import (
	mqtt "github.com/eclipse/paho.mqtt.golang"
)

type client4 struct {
	client mqtt.Client
	heard  chan message
}

func connect4(at server, id string, clean bool) (connection, bool) {
	heard := make(chan message, 16)
	options := mqtt.NewClientOptions().AddBroker("tcp://127.0.0.1:" + at.port).
		SetClientID(id).SetUsername(at.username).SetPassword(at.password).
		SetProtocolVersion(4).SetCleanSession(clean).SetAutoReconnect(false).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
			heard <- message{qos: m.Qos(), payload: string(m.Payload())}
		})
	client := mqtt.NewClient(options)
	token := client.Connect().(*mqtt.ConnectToken)
	wait(token)
	return &client4{client, heard}, token.SessionPresent()
}

func (c *client4) subscribe(topic string, qos byte) { wait(c.client.Subscribe(topic, qos, nil)) }

func (c *client4) publish(topic string, qos byte, payload string) {
	wait(c.client.Publish(topic, qos, false, payload))
}

func (c *client4) messages() <-chan message { return c.heard }

func (c *client4) disconnect() { c.client.Disconnect(250) }

func wait(token mqtt.Token) {
	if !token.WaitTimeout(patience) {
		fail("no answer came")
	}
	check(token.Error())
}
