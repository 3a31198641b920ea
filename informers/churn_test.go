package informers

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// Of many objects that come, change and go at random none is left over, and none is missing: the last of them to go are not made again,
// which would hide that a deletion was lost.
func TestNoDeletionIsLostInChurn(t *testing.T) {
	const names, gone = 100, 60
	w := newWorld(t, names, apiserver.Options{}, quick())
	l := w.live(pods)
	random := rand.New(rand.NewPCG(3, 1))
	exists := map[int]bool{}
	for i := range names {
		exists[i] = true
	}
	remove := func(i int) {
		t.Helper()
		var pod struct{ Metadata metav1.ObjectMeta }
		if err := json.Unmarshal(sample.Pod(i), &pod); err != nil {
			t.Fatal(err)
		}
		if _, err := w.store().Delete(pods, pod.Metadata.Namespace, pod.Metadata.Name); err != nil {
			t.Fatal(err)
		}
		exists[i] = false
	}
	for range 300 {
		i := random.IntN(names)
		if exists[i] && random.IntN(2) == 0 {
			remove(i)
			continue
		}
		w.apply(pods, sample.Pod(i))
		exists[i] = true
	}
	for i := range names {
		w.apply(pods, sample.Pod(i))
	}
	for _, i := range random.Perm(names)[:gone] {
		remove(i)
	}
	w.equal(l)
	if n := l.Watch().Store().Len(); n != names-gone {
		t.Errorf("%d pods, want %d", n, names-gone)
	}
}
