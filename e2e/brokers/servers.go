package brokers

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/twmb/franz-go/pkg/kfake"
)

// patience is how long a test waits for what takes a second on an idle machine.
const patience = 2 * time.Minute

// StartNATS starts a server that keeps what it has in a folder, until the end of the test.
func StartNATS(t *testing.T, dir string, change ...func(*server.Options)) *server.Server {
	t.Helper()
	opts := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true}
	for _, f := range change {
		f(opts)
	}
	s, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(patience) {
		t.Fatal("the server does not start")
	}
	t.Cleanup(func() { StopNATS(s) })
	return s
}

// StopNATS stops a server, and returns when it is gone.
func StopNATS(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// Keep gives the stream in which a server keeps what comes, which is made if need be. Messages may be so many bytes long, their headers with them.
func Keep(t *testing.T, s *server.Server, most int32, options ...nats.Option) jetstream.Stream {
	t.Helper()
	nc, err := nats.Connect(s.ClientURL(), append(options, nats.UserInfo("me", "hunter2"))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := js.CreateOrUpdateStream(within(t), jetstream.StreamConfig{
		Name: "events", Subjects: []string{"dogwatch.>"}, Duplicates: time.Hour, MaxMsgSize: most,
	})
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// within is a context for as long as a test waits.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// partitions is how many the topic of [StartKafka] has.
const partitions = 4

// StartKafka starts a cluster that has the topic "dogwatch", until the end of the test.
func StartKafka(t *testing.T, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(3), kfake.SeedTopics(partitions, "dogwatch")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// KafkaURL is what names the topic of a cluster.
func KafkaURL(c *kfake.Cluster) string {
	return "kafka://" + strings.Join(c.ListenAddrs(), ",") + "/dogwatch"
}

// StartKafkaBehind starts a cluster of one broker, which keeps what it has in a folder and says that it is where the road begins: so it may be stopped, and
// started elsewhere. Its end is the caller's.
func StartKafkaBehind(t *testing.T, road *Road, dir string) *kfake.Cluster {
	t.Helper()
	listen := func(network, address string) (net.Listener, error) {
		l, err := net.Listen(network, address)
		if err != nil {
			return nil, err
		}
		road.Lead(l.Addr().String())
		return behind{l, road}, nil
	}
	return StartKafka(t, kfake.NumBrokers(1), kfake.DataDir(dir), kfake.ListenFn(listen))
}

// behind is a listener that says that it is where a road begins.
type behind struct {
	net.Listener
	road *Road
}

// Addr implements net.Listener.
func (b behind) Addr() net.Addr { return b.road.listener.Addr() }
