package stream_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/apiserver/pkg/sharding"

	"github.com/dogwatch/dogwatch/stream"
)

// Each object is in one shard, which is that of who asks the server for it, as Kubernetes' own library tells.
func TestShardsAreThoseOfTheServer(t *testing.T) {
	for _, count := range []uint64{2, 3, 7, 64} {
		owners := map[types.UID]int{}
		for range 200 {
			owners[uuid.NewUUID()] = 0
		}
		for index := range count {
			s, err := stream.ParseShard(fmt.Sprintf("%d/%d", index, count))
			if err != nil {
				t.Fatal(err)
			}
			server, err := sharding.Parse(s.Selector())
			if err != nil {
				t.Fatalf("%s: %v", s.Selector(), err)
			}
			for uid := range owners {
				has := s.Has(string(uid))
				if has {
					owners[uid]++
				}
				o := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{UID: uid}}
				if matches, err := server.Matches(o); err != nil || matches != has {
					t.Errorf("%s is in %+v: %t, but not for the server (%v)", uid, s, has, err)
				}
			}
		}
		for uid, n := range owners {
			if n != 1 {
				t.Errorf("%s is in %d shards of %d", uid, n, count)
			}
		}
	}
}

func TestShardsThatMakeNoSense(t *testing.T) {
	for _, text := range []string{"", "3/3", "0/0", "-1/3", "1", "a/3", "1/2/3", "0/70000"} {
		if s, err := stream.ParseShard(text); err == nil {
			t.Errorf("%q is %+v", text, s)
		}
	}
	if (stream.Shard{}).Selector() != "" || !(stream.Shard{}).Has("x") {
		t.Error("no shard is not all")
	}
}

// numbers are those before n.
func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Three shards tell each change, and none of them what another tells.
func TestShardsMakeUpTheWhole(t *testing.T) {
	const shards, objects = 3, 30
	w := newWorld(t, "pods")
	tellers := map[string][]int{}
	var runs []*run
	there := 0.0
	for index := range uint64(shards) {
		opts := stream.Options{}
		opts.Follow.Shard = stream.Shard{Index: index, Count: shards}
		w := newWorldOf(t, w.server, "pods")
		r := w.start(opts)
		n, _ := r.await("its being watched", func(e told) bool { return e.is(stream.Watching) })["objects"].(float64)
		there += n
		runs = append(runs, r)
	}
	if there != 5 { // as newWorld makes them
		t.Errorf("the shards begin with %v objects", there)
	}
	uid := func(n int) types.UID {
		random := rand.New(rand.NewPCG(uint64(n), 1))
		return types.UID(fmt.Sprintf("%08x-0000-4000-8000-%012x", random.Uint32(), random.Uint64()>>16))
	}
	for n := range objects {
		for _, label := range []string{"a", "b"} {
			w.apply(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"default","name":"web-%d","uid":%q,"labels":{"n":%q}}}`, n, uid(n), label))
		}
		if _, err := w.store.Delete(pods, "default", "web-"+strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
	}
	for index, r := range runs {
		mine := slices.DeleteFunc(numbers(objects), func(n int) bool {
			return !(stream.Shard{Index: uint64(index), Count: shards}).Has(string(uid(n)))
		})
		if len(mine) == 0 {
			t.Fatalf("shard %d is of nothing", index)
		}
		last := "web-" + strconv.Itoa(mine[len(mine)-1])
		r.await("the last change of a shard", func(e told) bool { return e.object() == last && e.is(stream.Deleted) })
		if err := r.end(); err != nil {
			t.Error(err)
		}
		for i, e := range r.sink.events(t) {
			if e.object() != "" {
				tellers[r.sink.all()[i].ID] = append(tellers[r.sink.all()[i].ID], index)
			}
		}
	}
	for id, by := range tellers {
		if len(by) != 1 {
			t.Errorf("%s is told by %v", id, by)
		}
	}
	if len(tellers) != 3*objects {
		t.Errorf("told are %d changes of %d", len(tellers), 3*objects)
	}
}
