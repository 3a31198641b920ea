package brokers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/dogwatch/dogwatch/stream"
)

// How Kafka is told who asks.
const (
	saslPlain  = "plain"
	saslSHA256 = "scram-sha-256"
	saslSHA512 = "scram-sha-512"
)

func mechanisms() []string { return []string{saslPlain, saslSHA256, saslSHA512} }

// kafkaSink produces messages to a topic of Kafka, idempotently. Those of one object have one key, and so one partition.
type kafkaSink struct {
	waves
	to     *Address
	opts   Options
	client *kgo.Client // nil while there is none
}

func newKafka(to *Address, opts Options) *kafkaSink {
	s := &kafkaSink{to: to, opts: opts}
	s.waves.publish = s.publish
	return s
}

// Close implements stream.Sink.
func (s *kafkaSink) Close() error {
	s.hangUp()
	return nil
}

func (s *kafkaSink) hangUp() {
	if s.client != nil {
		s.client.Close()
		s.client = nil
	}
}

func (s *kafkaSink) publish(ctx context.Context, wave []stream.Message) []error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.opts.Timeout, fmt.Errorf("no answer for %s", s.opts.Timeout))
	defer cancel()
	errs := make([]error, len(wave))
	if err := s.connect(ctx); err != nil {
		for i := range errs {
			errs[i] = fmt.Errorf("connecting to %s: %w", s.to, err)
		}
		return errs
	}
	if len(wave) > 0 {
		s.produce(ctx, wave, errs)
	}
	lost := false
	for i := range wave {
		if len(wave) > 1 && s.client != nil && errors.Is(errs[i], kerr.MessageTooLarge) { // the others in its request may be the cause
			s.produce(ctx, wave[i:i+1], errs[i:i+1])
		}
		if errs[i] != nil {
			errs[i] = s.judge(errs[i])
			var refused *stream.RefusedError
			lost = lost || !errors.As(errs[i], &refused)
		}
	}
	if lost { // the next client begins with nothing on its way
		s.hangUp()
	}
	return errs
}

// produce fills in for each message nil, or why it is not taken.
func (s *kafkaSink) produce(ctx context.Context, wave []stream.Message, errs []error) {
	var left atomic.Int64
	left.Store(int64(len(wave)))
	done := make(chan struct{})
	for i := range wave {
		s.client.Produce(ctx, s.record(&wave[i]), func(_ *kgo.Record, err error) {
			if err != nil && ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			errs[i] = err
			if left.Add(-1) == 0 {
				close(done)
			}
		})
	}
	select {
	case <-done:
	case <-ctx.Done():
		s.hangUp() // the client would wait for answers for ever, since it does not know what became of what was sent
		<-done
	}
}

// record is a message as Kafka has it.
func (s *kafkaSink) record(m *stream.Message) *kgo.Record {
	return &kgo.Record{
		Topic: s.to.Name,
		Key:   []byte(cmp.Or(m.Key, m.Cluster+"/"+m.Resource)),
		Value: m.Body,
		Headers: []kgo.RecordHeader{
			{Key: "id", Value: []byte(m.ID)},
			{Key: "content-type", Value: []byte(s.opts.Format.One)},
		},
	}
}

// judge says what an error means for a message.
func (s *kafkaSink) judge(err error) error {
	said := fmt.Errorf("producing to %s: %w", s.to, err)
	switch {
	case errors.Is(err, kerr.MessageTooLarge), errors.Is(err, kerr.InvalidRecord), errors.Is(err, kerr.RecordListTooLarge):
		return &stream.RefusedError{Err: said}
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return fmt.Errorf("%s: there is no such topic: %w", s.to, err)
	}
	return said
}

// connect makes a client where there is none.
func (s *kafkaSink) connect(ctx context.Context) error {
	if s.client != nil {
		return nil
	}
	who, err := s.opts.credentials(s.to)
	if err != nil {
		return err
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(s.to.Hosts...), kgo.ClientID(s.opts.Client), kgo.ProducerLinger(0), kgo.DisableClientMetrics(),
		kgo.ProduceRequestTimeout(s.opts.Timeout),
	}
	encrypted, err := s.opts.encrypted(s.to)
	if err != nil {
		return err
	}
	if encrypted != nil {
		options = append(options, kgo.DialTLSConfig(encrypted))
	}
	if who.user != "" {
		mechanism, err := s.mechanism(who)
		if err != nil {
			return err
		}
		options = append(options, kgo.SASL(mechanism))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	if err := client.Ping(ctx); err != nil { // it says at once what producing would try again for long
		client.Close()
		return err
	}
	s.client = client
	return nil
}

// mechanism is how the broker is told who asks.
func (s *kafkaSink) mechanism(who credentials) (sasl.Mechanism, error) {
	if !who.hasPassword {
		return nil, errors.New("a password is missing: give USER:PASSWORD")
	}
	switch s.to.SASL {
	case saslSHA256:
		return scram.Auth{User: who.user, Pass: who.password}.AsSha256Mechanism(), nil
	case saslSHA512:
		return scram.Auth{User: who.user, Pass: who.password}.AsSha512Mechanism(), nil
	}
	return plain.Auth{User: who.user, Pass: who.password}.AsMechanism(), nil
}
