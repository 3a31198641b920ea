package model

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"k8s.io/apimachinery/pkg/types"
)

// apply applies deltas to a plain set, and fails where one does not follow
// from what was before.
func apply(t *testing.T, set map[Key]*Object, deltas []Delta) {
	t.Helper()
	for _, d := range deltas {
		k := d.key()
		old := set[k]
		switch {
		case d.At.IsZero():
			t.Fatalf("%v has no time", d)
		case d.Type == Added && old == nil:
			set[k] = d.New
		case d.Type == Updated && old != nil && old == d.Old && old.UID == d.New.UID:
			set[k] = d.New
		case d.Type == Deleted && old != nil && old.UID == d.Old.UID:
			delete(set, k)
		default:
			t.Fatalf("%+v of %v does not follow from %+v", d, k, old)
		}
	}
}

func contents(s *Store) map[Key]*Object {
	set := map[Key]*Object{}
	s.Each(func(o *Object) bool { set[o.Key] = o; return true })
	return set
}

func TestApplyTakesAnObjectByUIDAndResourceVersion(t *testing.T) {
	s := NewStore()
	first := pod("a", "x", "1")
	if !s.Apply(first) || s.Apply(pod("a", "x", "1")) {
		t.Error("the same version changed the store")
	}
	if got, _ := s.Get(first.Key); got != first {
		t.Error("the same version replaced the object")
	}
	again := pod("a", "x", "1")
	again.UID = "another"
	q := s.Subscribe(10)
	q.TryNext()
	if !s.Apply(again) {
		t.Error("another UID is no change")
	}
	deltas := q.TryNext()
	if len(deltas) != 2 || deltas[0].Type != Deleted || deltas[0].Old != first || deltas[1].Type != Added || deltas[1].New != again {
		t.Errorf("got %+v, want the old one deleted and the new one added", deltas)
	}
	if s.Delete(first.Key, first) {
		t.Error("deleting the old one took the new one")
	}
	if !s.Delete(first.Key, nil) || s.Len() != 0 {
		t.Error("the tombstone took nothing")
	}
}

// A column that was edited changes how an object is printed, not its version.
func TestApplyTakesAnObjectThatIsPrintedOtherwise(t *testing.T) {
	s := NewStore()
	first := pod("a", "x", "1", "red")
	s.Apply(first)
	q := s.Subscribe(10)
	q.TryNext()
	again := pod("a", "x", "1", "large")
	again.Columns = &Columns{List: podColumns.List}
	if !s.Apply(again) {
		t.Error("an object under other columns is no change")
	}
	if got, _ := s.Get(first.Key); got != again {
		t.Errorf("the store holds the cells %q", got.Cells)
	}
	if deltas := q.TryNext(); len(deltas) != 1 || deltas[0].Type != Updated || deltas[0].Old != first {
		t.Errorf("got %+v, want an update", deltas)
	}
}

func TestFirstListIsInitialUntilItIsComplete(t *testing.T) {
	s := NewStore()
	q := s.Subscribe(10)
	s.Apply(pod("a", "x", "1"))
	s.Apply(pod("a", "y", "1"))
	s.Retain(func(k Key) bool { return k.Name == "y" })
	s.Apply(pod("a", "z", "2"))
	s.Clear()
	s.Apply(pod("a", "y", "3"))
	var got []string
	for _, d := range q.TryNext() {
		got = append(got, fmt.Sprint(d.Type, d.key(), d.Initial))
	}
	want := "[1 a/x true 1 a/y true 3 a/x false 1 a/z false 3 a/y false 3 a/z false 1 a/y true]"
	wantToo := "[1 a/x true 1 a/y true 3 a/x false 1 a/z false 3 a/z false 3 a/y false 1 a/y true]"
	if g := fmt.Sprint(got); g != want && g != wantToo {
		t.Errorf("got  %s\nwant %s", g, want)
	}
}

func TestVersionGrowsWithEachChange(t *testing.T) {
	s := NewStore()
	last := s.Version()
	for i, change := range []func(){
		func() { s.SetColumns(podColumns) },
		func() { s.Apply(pod("a", "x", "1")) },
		func() { s.Apply(pod("a", "x", "2")) },
		func() { s.Delete(Key{"a", "x"}, nil) },
	} {
		change()
		if s.Version() <= last {
			t.Errorf("change %d left the version at %d", i, last)
		}
		last = s.Version()
	}
	s.Apply(pod("a", "x", "3"))
	last = s.Version()
	s.Apply(pod("a", "x", "3"))
	if s.Version() != last {
		t.Error("no change made a version")
	}
}

func TestNextEndsWithItsContextAndWithTheStore(t *testing.T) {
	s := NewStore()
	q := s.Subscribe(1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := q.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	ended := make(chan error)
	for range 2 {
		go func() {
			_, err := q.Next(context.Background())
			ended <- err
		}()
	}
	s.Close()
	for range 2 {
		if err := <-ended; !errors.Is(err, ErrClosed) {
			t.Errorf("error %v, want ErrClosed", err)
		}
	}
	if s.Apply(pod("a", "x", "1")) || s.Len() != 0 {
		t.Error("a closed store takes objects")
	}
	if _, err := s.Subscribe(1).Next(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("subscribed to a closed store: %v", err)
	}
	q.Close()
}

func TestLateSubscriberGetsThePresentStateInPortions(t *testing.T) {
	s := NewStore()
	const n = 2*portion + 100
	for i := range n {
		s.Apply(pod("a", fmt.Sprint(i), "1"))
	}
	s.Retain(func(Key) bool { return true })
	q := s.Subscribe(10)
	set := map[Key]*Object{}
	for reads := 0; !q.CaughtUp(); reads++ {
		deltas, err := q.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		apply(t, set, deltas)
		s.Apply(pod("a", fmt.Sprint(reads*portion), "2"))      // was read
		s.Apply(pod("a", fmt.Sprint((reads+1)*portion), "2"))  // is read next
		s.Delete(Key{"a", fmt.Sprint(reads*portion + 1)}, nil) // was read
		s.Delete(Key{"a", fmt.Sprint(n - 1 - reads)}, nil)     // may be read
	}
	apply(t, set, q.TryNext())
	if !maps.Equal(set, contents(s)) {
		t.Errorf("has %d objects, the store %d, or others", len(set), s.Len())
	}
	if q.Merged() != 0 {
		t.Errorf("%d changes were merged, though few waited", q.Merged())
	}
}

// TestSubscribersGetTheStoresState changes a store at random while readers of
// different pace follow it.
func TestSubscribersGetTheStoresState(t *testing.T) {
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		s := NewStore()
		type follower struct {
			q   *Subscription
			set map[Key]*Object
		}
		var followers []follower
		changes := uint64(0)
		for i := range 2000 {
			if i%250 == 0 {
				followers = append(followers, follower{s.Subscribe(1 + rnd.IntN(20)), map[Key]*Object{}})
			}
			if randomChange(rnd, s, i) {
				changes++
			}
			if f := followers[rnd.IntN(len(followers))]; rnd.IntN(30) == 0 {
				apply(t, f.set, f.q.TryNext())
			}
			for _, f := range followers {
				if n := len(f.q.pending); n > 20+2*2*30 {
					t.Fatalf("%d deltas wait, with 30 keys", n)
				}
			}
		}
		for i, f := range followers {
			apply(t, f.set, f.q.TryNext())
			if !maps.Equal(f.set, contents(s)) {
				t.Fatalf("seed %d: follower %d has another state than the store", seed, i)
			}
		}
	}
}

func randomChange(rnd *rand.Rand, s *Store, version int) bool {
	o := pod("a", fmt.Sprint(rnd.IntN(30)), fmt.Sprint(version))
	switch rnd.IntN(10) {
	case 0, 1, 2:
		return s.Delete(o.Key, nil)
	case 3:
		o.UID = types.UID(fmt.Sprint(version))
	case 4:
		if rnd.IntN(50) == 0 {
			s.Clear()
		} else if rnd.IntN(10) == 0 {
			s.Retain(func(Key) bool { return rnd.IntN(2) == 0 })
		}
	}
	return s.Apply(o)
}

func TestNoChangeIsLostInSilence(t *testing.T) {
	s := NewStore()
	q := s.Subscribe(3)
	s.Apply(pod("a", "x", "1"))
	q.TryNext()
	for i := range 10 {
		s.Apply(pod("a", "x", fmt.Sprint(i+2)))
	}
	s.Apply(pod("a", "fleeting", "1"))
	s.Delete(Key{"a", "fleeting"}, nil)
	deltas := q.TryNext()
	apply(t, map[Key]*Object{{"a", "x"}: deltas[0].Old}, deltas)
	if total := uint64(len(deltas)) + q.Merged(); total != 12 {
		t.Errorf("%d delivered and %d merged, of 12 changes", len(deltas), q.Merged())
	}
}

// managedFields are as large as all the rest of an object, so they must go once: to who asked, and nowhere else.
func TestManagedFieldsAreHandedOverOnce(t *testing.T) {
	s := NewStore()
	asks, others := s.SubscribeManaged(make(chan struct{}, 1), 10), s.Subscribe(10)
	managed := func(o *Object) *Object {
		o.SetManagedFields([]byte(o.ResourceVersion), []int{1})
		return o
	}
	added, updated, last := managed(pod("a", "x", "1")), managed(pod("a", "x", "2")), managed(pod("a", "x", "3"))
	s.Apply(added)
	s.Apply(updated)
	again := managed(pod("a", "x", "2"))
	s.Apply(again)
	s.Delete(Key{"a", "x"}, last)
	var got []string
	for _, d := range asks.TryNext() {
		got = append(got, string(d.ManagedFields))
	}
	if !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("who asks gets %q", got)
	}
	for _, d := range others.TryNext() {
		if d.ManagedFields != nil || d.Ends != nil {
			t.Errorf("who does not ask gets %q", d.ManagedFields)
		}
	}
	for _, o := range []*Object{added, updated, again, last} {
		if left := o.take(); left != nil {
			t.Errorf("version %s kept %q", o.ResourceVersion, left.managed)
		}
	}
}

// The memory in which managedFields ride is used again, and never while somebody may still read it.
func TestManagedFieldsAreGoodUntilTheNextDeltas(t *testing.T) {
	s := NewStore()
	fast, slow := s.SubscribeManaged(make(chan struct{}, 1), 4), s.SubscribeManaged(make(chan struct{}, 1), 4)
	text := func(version int) string { return fmt.Sprintf("who made version %d", version) }
	memory := map[*byte]bool{}
	read := func(q *Subscription) {
		for _, d := range q.TryNext() {
			var version int
			if _, err := fmt.Sscan(d.New.ResourceVersion, &version); err != nil {
				t.Fatal(err)
			}
			if got := string(d.ManagedFields); got != text(version) {
				t.Fatalf("version %d has %q", version, got)
			}
			memory[unsafe.SliceData(d.ManagedFields)] = true
		}
	}
	const versions = 1000
	for i := range versions {
		o := pod("a", fmt.Sprint(i%3), fmt.Sprint(i))
		o.SetManagedFields([]byte(text(i)), nil)
		s.Apply(o)
		read(fast)
		if i%7 == 0 { // some were merged meanwhile
			read(slow)
		}
	}
	if len(memory) > versions/2 {
		t.Errorf("%d pieces of memory for %d versions", len(memory), versions)
	}
}

// What was merged must say so, and connect to what came before and to what comes.
func TestMergedChangesSayWhatTheyAre(t *testing.T) {
	s := NewStore()
	q := s.SubscribeManaged(make(chan struct{}, 1), 1)
	versions := make([]*Object, 6)
	for i := range versions {
		versions[i] = pod("a", "x", fmt.Sprint(i))
		versions[i].SetManagedFields([]byte(fmt.Sprint(i)), nil)
	}
	s.Apply(versions[0])
	q.TryNext()
	s.Apply(pod("a", "y", "1"))
	for _, o := range versions[1:4] {
		s.Apply(o)
	}
	got := q.TryNext()[1]
	if got.Type != Updated || got.Old != versions[0] || got.New != versions[3] || got.Merged != 2 || string(got.ManagedFields) != "3" {
		t.Errorf("three updates became %+v", got)
	}
	s.Apply(pod("a", "y", "2"))
	s.Apply(versions[4])
	s.Delete(Key{"a", "x"}, versions[5])
	got = q.TryNext()[1]
	if got.Type != Deleted || got.Held != versions[3] || got.Old != versions[5] || got.Merged != 1 || string(got.ManagedFields) != "5" {
		t.Errorf("an update and a deletion became %+v", got)
	}
}

// When what a list brought happened is not known, which must not be said of other changes.
func TestChangesThatAListBroughtAreMarked(t *testing.T) {
	s := NewStore()
	q := s.Subscribe(100)
	s.BeginList()
	s.Apply(pod("a", "x", "1"))
	s.Apply(pod("a", "y", "1"))
	s.Retain(func(Key) bool { return true })
	s.Apply(pod("a", "x", "2"))
	s.BeginList()
	s.Apply(pod("a", "x", "3"))
	s.Apply(pod("a", "z", "1"))
	s.Retain(func(k Key) bool { return k.Name != "y" })
	s.Apply(pod("a", "x", "4"))
	var got []string
	for _, d := range q.TryNext() {
		got = append(got, fmt.Sprint(d.key().Name, " ", d.Type, " ", d.Initial, " ", d.Listed))
	}
	want := []string{
		"x 1 true false", "y 1 true false", "x 2 false false", "x 2 false true", "z 1 false true", "y 3 false true", "x 2 false false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

func TestStoreUnderConcurrentUse(t *testing.T) {
	s := NewStore()
	q := s.Subscribe(5)
	done := make(chan map[Key]*Object)
	go func() {
		set := map[Key]*Object{}
		for {
			deltas, err := q.Next(context.Background())
			if err != nil {
				done <- set
				return
			}
			apply(t, set, deltas)
			if _, ok := set[Key{"z", "last"}]; ok {
				q.Close()
			}
		}
	}()
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range 5000 {
		randomChange(rnd, s, i)
		s.Get(Key{"a", "1"})
	}
	s.Apply(pod("z", "last", "1"))
	if set := <-done; !maps.Equal(set, contents(s)) {
		t.Error("the reader has another state than the store")
	}
}

// What waits when a Store is closed was a change: whoever reads it late is told it.
func TestWhatWaitsOutlivesTheStore(t *testing.T) {
	s := NewStore()
	q := s.Subscribe(8)
	s.Apply(pod("a", "x", "1"))
	s.Close()
	if deltas, err := q.Next(t.Context()); err != nil || len(deltas) != 1 || deltas[0].Type != Added {
		t.Errorf("got %v, %v", deltas, err)
	}
	if _, err := q.Next(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("after it: error %v, want ErrClosed", err)
	}
	s = NewStore()
	q = s.Subscribe(8)
	s.Apply(pod("a", "x", "1"))
	q.Close()
	if deltas := q.TryNext(); deltas != nil {
		t.Errorf("it was closed, and gives %v", deltas)
	}
}
