package streams

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/brokers"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

// broker is a broker behind a road, which may be stopped and started. While it is stopped text gives what it had.
type broker interface {
	start()
	stop()
	text() []byte
}

// mostKept is how long a message may be that is kept.
const mostKept = 1 << 20

// inNATS is a NATS server with a stream that keeps all.
type inNATS struct {
	*testing.T
	dir    string
	change []func(*server.Options)
	road   *brokers.Road
	server *server.Server
	kept   jetstream.Stream // nil while it is stopped
	read   uint64           // how many messages are in got
	got    bytes.Buffer
}

func newNATS(t *testing.T, change ...func(*server.Options)) *inNATS {
	b := &inNATS{T: t, dir: t.TempDir(), change: change, road: brokers.NewRoad(t, nil)}
	b.start()
	return b
}

func (b *inNATS) start() {
	b.Helper()
	b.server = brokers.StartNATS(b.T, b.dir, b.change...)
	b.kept = brokers.Keep(b.T, b.server, mostKept)
	b.road.Lead(b.server.Addr().String())
}

func (b *inNATS) stop() {
	b.kept = nil
	brokers.StopNATS(b.server)
}

func (b *inNATS) text() []byte {
	b.Helper()
	if b.kept == nil {
		return b.got.Bytes()
	}
	ctx, cancel := context.WithTimeout(b.Context(), patience)
	defer cancel()
	info, err := b.kept.Info(ctx)
	if err != nil {
		b.Fatal(err)
	}
	for b.read < info.State.LastSeq {
		m, err := b.kept.GetMsg(ctx, b.read+1)
		if err != nil {
			b.Fatal(err)
		}
		b.read++
		fmt.Fprintf(&b.got, "%s\n", bytes.TrimSpace(m.Data))
	}
	return b.got.Bytes()
}

// inKafka is a Kafka with a topic.
type inKafka struct {
	*testing.T
	dir     string
	road    *brokers.Road
	cluster *kfake.Cluster // nil while it is stopped
	read    int64          // how many records are in got
	got     bytes.Buffer
}

func newKafka(t *testing.T) *inKafka {
	b := &inKafka{T: t, dir: t.TempDir(), road: brokers.NewRoad(t, nil)}
	b.start()
	return b
}

func (b *inKafka) start() {
	b.Helper()
	b.cluster = brokers.StartKafkaBehind(b.T, b.road, b.dir)
}

func (b *inKafka) stop() {
	b.cluster.Close()
	b.cluster = nil
}

// text reads the topic again where there is more in it.
func (b *inKafka) text() []byte {
	b.Helper()
	if b.cluster == nil {
		return b.got.Bytes()
	}
	there := int64(0)
	for _, p := range b.cluster.PartitionInfos("dogwatch") {
		there += p.HighWatermark
	}
	if there == b.read {
		return b.got.Bytes()
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(b.road.Address()), kgo.ConsumeTopics("dogwatch"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(b.Context(), patience)
	defer cancel()
	b.got.Reset()
	for b.read = 0; b.read < there; {
		fetched := client.PollFetches(ctx)
		if err := fetched.Err0(); err != nil {
			b.Fatal(err)
		}
		fetched.EachRecord(func(r *kgo.Record) {
			b.read++
			fmt.Fprintf(&b.got, "%s\n", bytes.TrimSpace(r.Value))
		})
	}
	return b.got.Bytes()
}

// Each change is told to a broker that is stopped and started in between, and those of an object are in their order, once what came twice is left out.
func eachChangeIsTold(t *testing.T, b broker, args ...string) {
	client, in := namespace(t)
	s := start(t, controlplane.Admin, b.text, append(args, "configmaps", "-n", in)...)
	all := made{}
	all.change(t, client, in, 10)
	s.await("the first changes", func(told []event) bool { return has(told, func(e event) bool { return e.Change != "" }) })
	all.change(t, client, in, 5)
	b.stop() // some are told, some on their way, some wait
	all.change(t, client, in, 5)
	await.Success(t, patience, "its noticing", func(context.Context) error {
		said := s.said.String()
		if strings.Count(said, "cannot send") <= strings.Count(said, "sending again") {
			return fmt.Errorf("it says %s", said)
		}
		return nil
	})
	all.change(t, client, in, 5)
	b.start()
	all.change(t, client, in, 5)
	s.await("all changes", all.last)
	all.check(t, "the broker", events(t, b.text()))
}

func TestEachChangeIsToldToANATSThatIsStarted(t *testing.T) {
	b := newNATS(t)
	eachChangeIsTold(t, b, "--to", "nats://"+b.road.Address()+"/dogwatch", "--spool", t.TempDir())
	if once, all := len(events(t, b.got.Bytes())), bytes.Count(b.got.Bytes(), []byte("\n")); once != all {
		t.Errorf("of %d messages the server keeps %d are there twice", all, all-once)
	}
}

func TestEachChangeIsToldToAKafkaThatIsStarted(t *testing.T) {
	b := newKafka(t)
	eachChangeIsTold(t, b, "--to", brokers.KafkaURL(b.cluster), "--timeout", "5s")
}

// overhear tells who has told each event until it is asked, by the event's id: who it is takes part in the subject. The stream that keeps all would leave
// out what comes twice.
func (b *inNATS) overhear() (heard func() map[string][]string) {
	b.Helper()
	nc, err := nats.Connect(b.server.ClientURL())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(nc.Close)
	all, err := nc.SubscribeSync("dogwatch.>")
	if err := errors.Join(err, nc.Flush()); err != nil {
		b.Fatal(err)
	}
	by := map[string][]string{}
	return func() map[string][]string {
		b.Helper()
		if err := nc.Flush(); err != nil { // what was sent before is there
			b.Fatal(err)
		}
		for left, _, _ := all.Pending(); left > 0; left-- {
			m, err := all.NextMsg(patience)
			if err != nil {
				b.Fatal(err)
			}
			id, who := m.Header.Get(nats.MsgIdHdr), strings.Split(m.Subject, ".")[1]
			if !slices.Contains(by[id], who) { // the same one may send it twice
				by[id] = append(by[id], who)
			}
		}
		return by
	}
}

// Three shards, of which each has a part of the subjects of one stream: it has each change, and none is told by two.
func TestShardsEndInOneStreamOfNATS(t *testing.T) {
	client, in := namespace(t)
	b := newNATS(t)
	heard := b.overhear()
	var shards []*streaming
	for _, n := range []string{"0", "1", "2"} {
		s := begin(t, controlplane.Admin, b.text, "configmaps", "-n", in, "--shard", n+"/3", "--to", "nats://"+b.road.Address()+"/dogwatch."+n)
		s.await("its watching", func([]event) bool {
			return slices.ContainsFunc(slices.Collect(maps.Values(heard())), func(by []string) bool { return slices.Contains(by, n) })
		})
		shards = append(shards, s)
	}
	all := made{}
	all.change(t, client, in, 10)
	shards[0].await("all changes", all.last)
	for _, s := range shards {
		s.end() // which says all that it has to say
	}
	told := events(t, b.text())
	all.check(t, "the shards", told)
	await.Success(t, patience, "all to be overheard", func(context.Context) error {
		by := heard()
		for _, e := range told {
			if len(by[e.ID]) == 0 {
				return fmt.Errorf("%+v is not", e)
			}
		}
		return nil
	})
	for id, by := range heard() {
		if len(by) > 1 {
			t.Errorf("%s is told by %v", id, by)
		}
	}
}
