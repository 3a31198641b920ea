package brokers

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/stream/brokers"
	"github.com/dogwatch/dogwatch/stream/sinks"
)

// mostKept is how long a message may be that is kept.
const mostKept = 1 << 10

func keep(t *testing.T, s *server.Server, options ...nats.Option) jetstream.Stream {
	t.Helper()
	return Keep(t, s, mostKept, options...)
}

// keptBy gives what a stream keeps.
func keptBy(t *testing.T, s jetstream.Stream) []received {
	t.Helper()
	info, err := s.Info(within(t))
	if err != nil {
		t.Fatal(err)
	}
	var all []received
	for n := uint64(1); n <= info.State.LastSeq; n++ {
		m, err := s.GetMsg(within(t), n)
		if err != nil {
			t.Fatal(err)
		}
		if want := "dogwatch.change.updated.deployments_apps.shop"; m.Subject != want || m.Header.Get("Content-Type") != "application/json" {
			t.Fatalf("message %d is of %s, as %v", n, m.Subject, m.Header)
		}
		id := m.Header.Get(nats.MsgIdHdr)
		if string(m.Data) != `{"id":"`+id+`"}` {
			t.Fatalf("message %s is %s", id, m.Data)
		}
		number, err := strconv.Atoi(id)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, received{id: id, key: message(number).Key})
	}
	return all
}

// A server that is stopped and started again has each event once, in order.
func TestNothingIsLostToANATSThatIsStarted(t *testing.T) {
	dir := t.TempDir()
	s := StartNATS(t, dir)
	keep(t, s)
	road := newRoad(t, nil)
	road.Lead(s.Addr().String())
	d := deliver(t, sinkTo(t, "nats://"+road.Address()+"/dogwatch", brokers.Options{}))
	for range 3 {
		sent, failures := d.sender.Progress().Sent, d.sender.Progress().Failures
		d.give(300)
		d.eventually("some to be delivered", func(p stream.Progress) bool { return p.Sent > sent })
		StopNATS(s)
		d.give(100)
		d.eventually("its noticing", func(p stream.Progress) bool { return p.Failures > failures })
		s = StartNATS(t, dir)
		road.Lead(s.Addr().String())
	}
	d.give(100)
	d.end()
	d.check(keptBy(t, keep(t, s)))
}

// Connections that are cut in the midst of what is said, either way, again and again.
func TestNothingIsLostOnAConnectionToNATSThatIsCut(t *testing.T) {
	s := StartNATS(t, t.TempDir())
	kept := keep(t, s)
	leaky := newLeaky(1, 8<<10) // a connection begins with some 700 bytes
	road := newRoad(t, leaky)
	road.Lead(s.Addr().String())
	d := deliver(t, sinkTo(t, "nats://"+road.Address()+"/dogwatch", brokers.Options{}))
	d.give(2000)
	d.eventually("the connection to break", func(p stream.Progress) bool { return leaky.breaks() >= 10 || p.Sent == 2000 })
	leaky.mend()
	d.end()
	if leaky.breaks() < 5 {
		t.Errorf("the connection broke %d times", leaky.breaks())
	}
	d.check(keptBy(t, kept))
}

// What a stream cannot keep is refused, what is behind it is not.
func TestNATSRefusesWhatIsTooLong(t *testing.T) {
	s := StartNATS(t, t.TempDir(), func(o *server.Options) { o.MaxPayload = 4 << 10 })
	kept := keep(t, s)
	to := sinkTo(t, "nats://"+s.Addr().String()+"/dogwatch", brokers.Options{})
	batch := []stream.Message{message(0), message(1), message(2), message(3)}
	batch[1].Body = []byte(strings.Repeat("x", mostKept)) // too long for the stream
	batch[2].Body = []byte(strings.Repeat("x", 8<<10))    // too long for the server
	for _, want := range []struct{ begin, taken int }{{0, 1}, {2, 0}} {
		n, err := to.Send(within(t), batch[want.begin:])
		var refused *stream.RefusedError
		if n != want.taken || !errors.As(err, &refused) {
			t.Errorf("from %d on: %d are taken, %v", want.begin, n, err)
		}
	}
	if n, err := to.Send(within(t), batch[3:]); n != 1 || err != nil {
		t.Errorf("%d are taken, %v", n, err)
	}
	if info, err := kept.Info(within(t)); err != nil || info.State.Msgs != 2 {
		t.Errorf("kept are %v, %v", info, err)
	}
}

// Where no stream keeps what is published it is said, and sent once there is one.
func TestNATSWithoutAStream(t *testing.T) {
	s := StartNATS(t, t.TempDir())
	d := deliver(t, sinkTo(t, "nats://"+s.Addr().String()+"/dogwatch", brokers.Options{}))
	d.give(1)
	d.eventually("its being said", func(_ stream.Progress) bool {
		err := d.sender.Failing()
		return err != nil && strings.Contains(err.Error(), "no stream of JetStream keeps subjects of dogwatch.>")
	})
	kept := keep(t, s)
	d.end()
	d.check(keptBy(t, kept))
}

// Who asks is told to the server, and to nobody else.
func TestWhoAsksNATS(t *testing.T) {
	s := StartNATS(t, t.TempDir(), func(o *server.Options) { o.Username, o.Password = "me", "hunter2" })
	keep(t, s)
	host := s.Addr().String()
	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte("me:hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, good := range []stream.Sink{
		sinkTo(t, "nats://me:hunter2@"+host+"/dogwatch", brokers.Options{}), sinkTo(t, "nats://"+host+"/dogwatch", brokers.Options{Credentials: file}),
	} {
		if n, err := good.Send(within(t), []stream.Message{message(0)}); n != 1 || err != nil {
			t.Errorf("%d are taken, %v", n, err)
		}
	}
	for _, bad := range []string{"me:hunter3@", "hunter3@", ""} {
		n, err := sinkTo(t, "nats://"+bad+host+"/dogwatch", brokers.Options{}).Send(within(t), []stream.Message{message(0)})
		if n != 0 || err == nil || !strings.Contains(err.Error(), "Authorization Violation") || strings.Contains(err.Error(), "hunter") {
			t.Errorf("with %q: %d are taken, %v", bad, n, err)
		}
	}
	StopNATS(s)
	_, err := sinkTo(t, "nats://me:hunter2@"+host+"/dogwatch", brokers.Options{}).Send(within(t), []stream.Message{message(0)})
	if err == nil || strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), host) {
		t.Errorf("not there: %v", err)
	}
}

// A server whose certificate an authority of one's own has signed is sent to where that is said, and else nothing.
func TestBrokersAreEncrypted(t *testing.T) {
	authority := httptest.NewTLSServer(nil)
	defer authority.Close()
	file := filepath.Join(t.TempDir(), "authority")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	files := sinks.TLSFiles{Authorities: file}
	own, err := files.Config()
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: authority.TLS.Certificates}
	n := StartNATS(t, t.TempDir(), func(o *server.Options) { o.TLS, o.TLSConfig = true, config })
	keep(t, n, nats.Secure(own))
	k := StartKafka(t, kfake.TLS(config))
	for _, plain := range []string{"nats://" + n.Addr().String() + "/dogwatch", KafkaURL(k)} {
		encrypted := strings.Replace(plain, "://", "+tls://", 1)
		for _, to := range []string{plain, encrypted} {
			if n, err := sinkTo(t, to, brokers.Options{TLS: files.Config}).Send(within(t), []stream.Message{message(0)}); n != 1 || err != nil {
				t.Errorf("%s: %d are taken, %v", to, n, err)
			}
		}
		if n, err := sinkTo(t, encrypted, brokers.Options{Timeout: time.Second}).Send(within(t), []stream.Message{message(1)}); n != 0 || err == nil {
			t.Errorf("%s: %d are taken by who knows who, %v", encrypted, n, err)
		}
	}
}

// silent gives the address of a server that takes connections and says nothing.
func silent(t *testing.T) (address string, asked chan struct{}) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	asked = make(chan struct{}, 1)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(t.Context(), func() { _ = conn.Close() })
			select {
			case asked <- struct{}{}:
			default:
			}
		}
	}()
	return listener.Addr().String(), asked
}

// A server that says nothing is given up after a time, or when the stream is to end.
func TestASilentBrokerHoldsNothingUp(t *testing.T) {
	for _, to := range []string{"nats://%/dogwatch", "kafka://%/dogwatch"} {
		address, asked := silent(t)
		to = strings.Replace(to, "%", address, 1)
		if n, err := sinkTo(t, to, brokers.Options{Timeout: 50 * time.Millisecond}).Send(within(t), []stream.Message{message(0)}); n != 0 || err == nil {
			t.Errorf("%s: %d are taken, %v", to, n, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-asked
			cancel()
		}()
		done := make(chan error, 1)
		sink := sinkTo(t, to, brokers.Options{Timeout: time.Hour})
		go func() {
			_, err := sink.Send(ctx, []stream.Message{message(0)})
			done <- err
		}()
		select {
		case err := <-done:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", to, err)
			}
		case <-time.After(patience):
			t.Fatalf("%s: it does not end", to)
		}
	}
}
