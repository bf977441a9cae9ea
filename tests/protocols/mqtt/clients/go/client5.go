package main

import (
	"context"
	"fmt"
	"net"

	"github.com/eclipse/paho.golang/paho"
)

type client5 struct {
	client *paho.Client
	heard  chan message
}

func connect5(at server, id string, clean bool) (connection, bool) {
	conn, err := net.Dial("tcp", "127.0.0.1:"+at.port)
	check(err)
	heard := make(chan message, 16)
	client := paho.NewClient(paho.ClientConfig{
		Conn:          conn,
		PacketTimeout: patience,
		Router: paho.NewSingleHandlerRouter(func(m *paho.Publish) {
			heard <- message{m.QoS, string(m.Payload), propertiesOf(m.Properties)}
		}),
	})
	packet := &paho.Connect{
		ClientID: id, CleanStart: clean, KeepAlive: 30,
		Username: at.username, UsernameFlag: true,
		Password: []byte(at.password), PasswordFlag: true,
	}
	if !clean {
		expiry := uint32(3600)
		packet.Properties = &paho.ConnectProperties{SessionExpiryInterval: &expiry}
	}
	connack, err := client.Connect(context.Background(), packet)
	check(err)
	return &client5{client, heard}, connack.SessionPresent
}

func (c *client5) subscribe(topic string, qos byte) {
	_, err := c.client.Subscribe(context.Background(), &paho.Subscribe{
		Subscriptions: []paho.SubscribeOptions{{Topic: topic, QoS: qos}},
	})
	check(err)
}

func (c *client5) publish(topic string, qos byte, payload string) {
	packet := &paho.Publish{Topic: topic, QoS: qos, Payload: []byte(payload)}
	packet.Properties = &paho.PublishProperties{
		ContentType: "text/plain", ResponseTopic: "answers", CorrelationData: []byte("c"),
	}
	packet.Properties.User.Add("k", "v")
	_, err := c.client.Publish(context.Background(), packet)
	check(err)
}

func (c *client5) messages() <-chan message { return c.heard }

func (c *client5) disconnect() { check(c.client.Disconnect(&paho.Disconnect{ReasonCode: 0})) }

func propertiesOf(p *paho.PublishProperties) string {
	return fmt.Sprintf(" type=%s response=%s correlation=%s user=k:%s",
		p.ContentType, p.ResponseTopic, p.CorrelationData, p.User.Get("k"))
}
