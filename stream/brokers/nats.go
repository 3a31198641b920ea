package brokers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/stream"
)

// natsSink publishes messages to NATS JetStream, each under its ID, by which the server leaves out what comes twice.
type natsSink struct {
	waves
	to   *Address
	opts Options
	conn *natsConn // nil while there is none
}

// natsConn is a connection. It is not made anew by the library, which would go on with what comes after messages that were lost.
type natsConn struct {
	*nats.Conn
	js     jetstream.JetStream
	raw    net.Conn
	closed chan struct{}
}

func newNATS(to *Address, opts Options) *natsSink {
	s := &natsSink{to: to, opts: opts}
	s.waves.publish = s.publish
	return s
}

// Close implements stream.Sink.
func (s *natsSink) Close() error {
	s.hangUp()
	return nil
}

func (s *natsSink) hangUp() {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
}

func (s *natsSink) publish(ctx context.Context, wave []stream.Message) []error {
	errs := make([]error, len(wave))
	if err := s.connect(ctx); err != nil {
		for i := range errs {
			errs[i] = fmt.Errorf("connecting to %s: %w", s.to, err)
		}
		return errs
	}
	raw := s.conn.raw
	defer context.AfterFunc(ctx, func() { // a write that blocks would hold all up
		defer utilruntime.HandleCrash()
		_ = raw.Close()
	})()
	acks := make([]jetstream.PubAckFuture, len(wave))
	for i := range wave {
		acks[i], errs[i] = s.conn.js.PublishMsgAsync(s.message(&wave[i]))
	}
	lost := false
	for i := range wave {
		if errs[i] == nil {
			errs[i] = s.conn.await(ctx, acks[i])
		}
		if errs[i] != nil {
			errs[i] = s.judge(errs[i])
			var refused *stream.RefusedError
			lost = lost || !errors.As(errs[i], &refused)
		}
	}
	if lost { // what was not answered may still come, and must not come behind what is sent from now on
		s.hangUp()
	}
	return errs
}

// message is a message as NATS has it.
func (s *natsSink) message(m *stream.Message) *nats.Msg {
	out := nats.NewMsg(subject(s.to.Name, m))
	out.Header.Set(nats.MsgIdHdr, m.ID)
	out.Header.Set("Content-Type", s.opts.Format.One)
	out.Data = m.Body
	return out
}

// subject is what a message is published as: who takes a part of them says so by wildcards. Dots would be levels of their own.
func subject(under string, m *stream.Message) string {
	level := func(text string) string {
		text = strings.Map(func(r rune) rune {
			if r <= ' ' || strings.ContainsRune(".*>\x7f", r) {
				return '_'
			}
			return r
		}, text)
		if text == "" {
			return "_"
		}
		return text
	}
	return under + "." + m.Type + "." + level(m.Resource) + "." + level(m.Namespace)
}

// judge says what an error means for a message.
func (s *natsSink) judge(err error) error {
	said := fmt.Errorf("publishing to %s: %w", s.to, err)
	var api *jetstream.APIError
	switch {
	case errors.Is(err, nats.ErrMaxPayload), errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamMessageExceedsMaximum:
		return &stream.RefusedError{Err: said}
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return fmt.Errorf("%s: no stream of JetStream keeps subjects of %s.>, or the server is not ready", s.to, s.to.Name)
	}
	return said
}

// await waits until a message is taken.
func (c *natsConn) await(ctx context.Context, ack jetstream.PubAckFuture) error {
	select {
	case <-ack.Ok():
		return nil
	case err := <-ack.Err():
		return err
	case <-c.closed:
	case <-ctx.Done():
	}
	select { // it may be taken all the same
	case <-ack.Ok():
		return nil
	case err := <-ack.Err():
		return err
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.LastError(); err != nil {
		return fmt.Errorf("the connection ended: %w", err)
	}
	return nats.ErrConnectionClosed
}

// connect makes a connection where there is none that holds.
func (s *natsSink) connect(ctx context.Context) error {
	if s.conn != nil && s.conn.IsConnected() {
		return nil
	}
	s.hangUp()
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	dialing := &dialer{ctx: ctx}
	defer dialing.done()
	c := &natsConn{closed: make(chan struct{})}
	asking, err := s.who()
	if err != nil {
		return err
	}
	urls := make([]string, len(s.to.Hosts))
	for i, host := range s.to.Hosts {
		urls[i] = "nats://" + host
	}
	options := append(asking,
		nats.Name(s.opts.Client), nats.NoReconnect(), nats.SetCustomDialer(dialing),
		nats.Timeout(s.opts.Timeout), nats.FlusherTimeout(s.opts.Timeout),
		nats.ClosedHandler(func(*nats.Conn) { close(c.closed) }),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // which would write to standard error
	)
	if c.Conn, err = nats.Connect(strings.Join(urls, ","), options...); err != nil {
		return errors.Join(ctx.Err(), err)
	}
	if c.js, err = jetstream.New(c.Conn, jetstream.WithPublishAsyncTimeout(s.opts.Timeout)); err != nil {
		c.Close()
		return err
	}
	c.raw, s.conn = dialing.conn, c
	return nil
}

// who gives the options that say who asks, and how connections are encrypted.
func (s *natsSink) who() ([]nats.Option, error) {
	who, err := s.opts.credentials(s.to)
	if err != nil {
		return nil, err
	}
	var options []nats.Option
	switch {
	case who.creds != nil:
		options = append(options, nats.UserCredentialBytes(who.creds))
	case who.hasPassword:
		options = append(options, nats.UserInfo(who.user, who.password))
	case who.user != "":
		options = append(options, nats.Token(who.user))
	}
	encrypted, err := s.opts.encrypted(s.to)
	if err != nil {
		return nil, err
	}
	if encrypted != nil {
		options = append(options, nats.Secure(encrypted))
	}
	return options, nil
}

// dialer connects for as long as a context lasts: the library knows none.
type dialer struct {
	ctx  context.Context
	conn net.Conn // the last
	stop []func() bool
}

// Dial implements nats.CustomDialer.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(d.ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.conn = conn
	d.stop = append(d.stop, context.AfterFunc(d.ctx, func() {
		defer utilruntime.HandleCrash()
		_ = conn.Close()
	}))
	return conn, nil
}

// done lets the connection be.
func (d *dialer) done() {
	for _, stop := range d.stop {
		stop()
	}
}
