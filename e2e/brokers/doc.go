// Package brokers holds the tests of streams that go to brokers: a NATS server with JetStream and a Kafka that are real, in this process, and
// fail.
package brokers
