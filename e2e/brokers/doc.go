// Package brokers holds a NATS server with JetStream and a Kafka that are real, in this process, and the tests of streams that go to them while they
// fail.
package brokers
