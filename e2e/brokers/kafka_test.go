package brokers

import (
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/stream/brokers"
)

// keptByKafka gives what a topic holds; what came twice once if asked for, as one who reads does who knows the names of what he has read.
func keptByKafka(t *testing.T, c *kfake.Cluster) (all []received, twice int) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.ConsumeTopics("dogwatch"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	left := int64(0)
	for _, p := range c.PartitionInfos("dogwatch") {
		left += p.HighWatermark
	}
	seen, partition := map[string]bool{}, map[string]int32{}
	for left > 0 {
		fetched := client.PollFetches(within(t))
		if err := fetched.Err0(); err != nil {
			t.Fatal(err)
		}
		fetched.EachRecord(func(r *kgo.Record) {
			left--
			key := string(r.Key)
			if before, ok := partition[key]; ok && before != r.Partition {
				t.Errorf("%s is in partitions %d and %d", key, before, r.Partition)
			}
			partition[key] = r.Partition
			id := string(r.Headers[0].Value)
			if string(r.Value) != `{"id":"`+id+`"}` || string(r.Headers[1].Value) != "application/json" {
				t.Errorf("a record is %s with %v", r.Value, r.Headers)
			}
			if seen[id] {
				twice++
				return
			}
			seen[id] = true
			all = append(all, received{id: id, key: key})
		})
	}
	return all, twice
}

// Connections that are cut in the midst of what is said, either way, again and again.
func TestNothingIsLostOnAConnectionToKafkaThatIsCut(t *testing.T) {
	leaky := newLeaky(2, 16<<10)
	c := StartKafka(t, kfake.ListenFn(func(network, address string) (net.Listener, error) {
		l, err := net.Listen(network, address)
		if err != nil {
			return nil, err
		}
		return leakyListener{l, leaky}, nil
	}))
	d := deliver(t, sinkTo(t, KafkaURL(c), brokers.Options{}))
	d.give(1000)
	d.eventually("the connection to break", func(p stream.Progress) bool { return leaky.breaks() >= 10 || p.Sent == 1000 })
	leaky.mend()
	d.end()
	if leaky.breaks() < 5 {
		t.Errorf("the connection broke %d times", leaky.breaks())
	}
	all, twice := keptByKafka(t, c)
	t.Logf("%d came twice, after %d breaks", twice, leaky.breaks())
	d.check(all)
}

type leakyListener struct {
	net.Listener
	leaky *leaky
}

func (l leakyListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.leaky.wrap(conn), nil
}

// A broker that answers with errors: some are over by themselves, one is not.
func TestNothingIsLostToAKafkaThatFails(t *testing.T) {
	c := StartKafka(t)
	var asked, failed atomic.Int64
	const fails = 6 // the library waits seconds between some tries
	c.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		n := asked.Add(1)
		if n%2 == 0 || failed.Load() >= fails {
			return nil, nil, false
		}
		code := kerr.TopicAuthorizationFailed
		if failed.Add(1)%3 == 0 {
			code = kerr.NotEnoughReplicas
		}
		return failing(req.(*kmsg.ProduceRequest), code), nil, true
	})
	d := deliver(t, sinkTo(t, KafkaURL(c), brokers.Options{}))
	d.give(500)
	d.end()
	if failed.Load() < fails || d.sender.Progress().Failures == 0 {
		t.Errorf("%d requests failed: %+v", failed.Load(), d.sender.Progress())
	}
	all, _ := keptByKafka(t, c)
	d.check(all)
}

// failing answers with an error for each partition.
func failing(req *kmsg.ProduceRequest, code *kerr.Error) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.ProduceResponse)
	for _, topic := range req.Topics {
		answer := kmsg.NewProduceResponseTopic()
		answer.Topic, answer.TopicID = topic.Topic, topic.TopicID
		for _, p := range topic.Partitions {
			of := kmsg.NewProduceResponseTopicPartition()
			of.Partition, of.ErrorCode = p.Partition, code.Code
			answer.Partitions = append(answer.Partitions, of)
		}
		resp.Topics = append(resp.Topics, answer)
	}
	return resp
}

// What Kafka will not take is refused, what is behind it is not.
func TestKafkaRefusesWhatIsTooLong(t *testing.T) {
	c := StartKafka(t)
	to := sinkTo(t, KafkaURL(c), brokers.Options{})
	batch := []stream.Message{message(0), message(1), message(2)}
	batch[1].Body = []byte(strings.Repeat("x", 2<<20))
	n, err := to.Send(within(t), batch)
	var refused *stream.RefusedError
	if n != 1 || !errors.As(err, &refused) {
		t.Fatalf("%d are taken, %v", n, err)
	}
	if n, err := to.Send(within(t), batch[2:]); n != 1 || err != nil {
		t.Errorf("%d are taken, %v", n, err)
	}
	if all, twice := keptByKafka(t, c); len(all) != 2 || twice != 0 {
		t.Errorf("kept are %v, %d twice", all, twice)
	}
}

// Who asks is told to the broker, and to nobody else.
func TestWhoAsksKafka(t *testing.T) {
	c := StartKafka(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "me", "hunter2"), kfake.Superuser("SCRAM-SHA-512", "me", "hunter2"))
	as := func(user, query string) string { return strings.Replace(KafkaURL(c), "//", "//"+user, 1) + query }
	for _, good := range []string{as("me:hunter2@", ""), as("me:hunter2@", "?sasl=scram-sha-512")} {
		if n, err := sinkTo(t, good, brokers.Options{}).Send(within(t), []stream.Message{message(0)}); n != 1 || err != nil {
			t.Errorf("%d are taken, %v", n, err)
		}
	}
	for _, bad := range []string{as("me:hunter3@", ""), as("me:hunter3@", "?sasl=scram-sha-512"), as("me@", "")} {
		n, err := sinkTo(t, bad, brokers.Options{}).Send(within(t), []stream.Message{message(0)})
		if n != 0 || err == nil || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%d are taken, %v", n, err)
		}
		t.Log(err)
	}
}

// A topic that is not there is said, and no topic is made.
func TestKafkaWithoutTheTopic(t *testing.T) {
	c := StartKafka(t)
	n, err := sinkTo(t, strings.Replace(KafkaURL(c), "/dogwatch", "/other", 1), brokers.Options{}).Send(within(t), []stream.Message{message(0)})
	if n != 0 || err == nil || !strings.Contains(err.Error(), "no such topic") {
		t.Errorf("%d are taken, %v", n, err)
	}
}
