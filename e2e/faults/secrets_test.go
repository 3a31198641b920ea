package faults

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
)

const secrets = "secrets"

// createSecret creates a Secret past the proxy.
func (w *world) createSecret(name string) {
	w.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, StringData: map[string]string{"key": "value"}}
	if _, err := w.client.CoreV1().Secrets(w.namespace).Create(w.Context(), secret, metav1.CreateOptions{}); err != nil {
		w.Fatal(err)
	}
}

// withSecrets has Secrets watched as well, over connections of HTTP/1.1 beside the one of HTTP/2.
func withSecrets(o *Options) { o.Types = append(o.Types, secrets) }

// streams are the requests to watch Secrets since a moment.
func (w *world) streams(from time.Time) (streams []Request) {
	for _, r := range w.proxy.Requests(from) {
		if r.Watch && w.isOurs(r) && strings.HasSuffix(r.Path, "/"+secrets) {
			streams = append(streams, r)
		}
	}
	return streams
}

// settled waits until Secrets are watched by streams that end in time, and gives the last of them.
func (w *world) settled(from time.Time) Request {
	w.Helper()
	w.eventually("streams that end", func() bool { return len(w.streams(from)) > 2 })
	streams := w.streams(from)
	return streams[len(streams)-1]
}

func isOtherThanLive(s informers.State) bool { return s.Phase != informers.Live }

// TestDeadConnectionOfSecretsIsNoticed lets packets vanish on the connection of Secrets alone, while another of the same server
// lives, on which HTTP/2 hears signs of life. What is sent is acknowledged: TCP says nothing.
func TestDeadConnectionOfSecretsIsNoticed(t *testing.T) {
	for name, newToo := range map[string]bool{"alone": false, "and all that are opened": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.createSecret("before")
			began := time.Now()
			d := w.watch(withSecrets)
			stream := w.settled(began)

			began = time.Now()
			w.proxy.loseNew(newToo)
			w.proxy.lose(stream.Client)
			w.createSecret("during")
			told := d.Await(secrets, began, "other than live", isOtherThanLive)
			if limit := heart.seconds(began, 30); told.At.After(limit) {
				t.Errorf("noticed after %v, with %v allowed: %s", told.At.Sub(began), limit.Sub(began), told)
			}
			if newToo {
				w.eventually("further failures", func() bool { return d.count(secrets, told.At, isOtherThanLive) >= 2 })
				d.never(secrets, told.At, "live amid the trouble", func(s informers.State) bool { return s.Phase == informers.Live })
			}
			ended := time.Now()
			w.proxy.loseNew(false)
			took := w.oracle.Converge(t, d, ended)
			d.never(configMaps, began, "not live though its connection is well", isOtherThanLive)
			t.Logf("told of after %v, true again after %v", told.At.Sub(began).Round(time.Millisecond), took.Round(time.Millisecond))
		})
	}
}

// TestDeadConnectionOfSecretsIsLeftFromTheBeginning does so when nothing is known yet of how the server ends streams: what is held is
// true within 30 s, over a connection that is asked beside the dead one.
func TestDeadConnectionOfSecretsIsLeftFromTheBeginning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.createSecret("before")
	began := time.Now()
	d := w.watch(withSecrets)
	streams := w.streams(began)
	began = time.Now()
	w.proxy.lose(streams[len(streams)-1].Client)
	w.createSecret("during")
	w.eventually("the new Secret", func() bool {
		_, ok := d.Watch(secrets).Store().Get(model.Key{Namespace: w.namespace, Name: "during"})
		return ok
	})
	took := time.Since(began)
	if limit := heart.seconds(began, 30); began.Add(took).After(limit) {
		t.Errorf("true after %v, with %v allowed", took, limit.Sub(began))
	}
	w.oracle.Converge(t, d, began)
	t.Logf("true again after %v", took.Round(time.Millisecond))
}

// TestQuietSecretsStayLive lets nothing happen for longer than a dead connection is given: each stream ends in time, and the next
// comes over the same connection.
func TestQuietSecretsStayLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.createSecret("before")
	began := time.Now()
	d := w.watch(withSecrets)
	live := time.Now()
	first := w.settled(began)
	w.eventually("further streams", func() bool { return len(w.streams(first.At)) > 3 })
	for _, r := range w.streams(first.At) {
		if r.Client != first.Client {
			t.Errorf("a stream came over another connection: %v, then %v", first, r)
		}
	}
	d.never(secrets, live, "not live though all is well", isOtherThanLive)
	if lists := d.Watch(secrets).State().Stats.Lists; lists != 1 {
		t.Errorf("it listed %d times", lists)
	}
}

// TestDeadConnectionOfAListOfSecretsIsNoticed lets packets vanish on the connection of Secrets as soon as a page of their list has
// been asked for over it, while another of the same server lives. Nothing but the answer tells that it is alive.
func TestDeadConnectionOfAListOfSecretsIsNoticed(t *testing.T) {
	for name, later := range map[string]bool{"first page": false, "later page": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.createSecret("one")
			w.createSecret("two")
			lost := w.loseListOfSecrets(later)
			d := Start(t, w.withSecrets())
			var page Request
			select {
			case page = <-lost:
			case <-time.After(Patience):
				t.Fatal("it was not asked for")
			}
			told := d.Await(secrets, page.At, "retrying, no sign of life", retrying("no sign of life"))
			took := w.oracle.Converge(t, d, told.At) // first, as it is measured
			if limit := heart.seconds(page.At, 30); told.At.After(limit) {
				t.Errorf("noticed after %v, with %v allowed: %s", told.At.Sub(page.At), limit.Sub(page.At), told)
			}
			for _, r := range w.proxy.Requests(told.At) {
				if strings.HasSuffix(r.Path, "/"+secrets) && r.Client == page.Client {
					t.Errorf("it was asked for over the dead connection: %v", r)
				}
			}
			live := d.AwaitPhase(configMaps, time.Time{}, informers.Live)
			d.never(configMaps, live.At, "not live though its connection is well", isOtherThanLive)
			t.Logf("told of after %v, true after %v", told.At.Sub(page.At).Round(time.Millisecond), took.Round(time.Millisecond))
		})
	}
}

// withSecrets are options by which Secrets are watched as well.
func (w *world) withSecrets() Options {
	options := w.options()
	withSecrets(&options)
	return options
}

// loseListOfSecrets has Secrets listed in pages of one, and lets the connection die over which the first page, or the one after it,
// is asked for, once. It gives that request.
func (w *world) loseListOfSecrets(later bool) <-chan Request {
	lost := make(chan Request, 1)
	var once sync.Once
	one := Fault{Change: func(r *http.Request) { setQuery(r, "limit", "1") }}
	w.proxy.SetFault(w.onObjects(func(r *http.Request) *Fault {
		query := r.URL.Query()
		switch {
		case !strings.HasSuffix(r.URL.Path, "/"+secrets) || query.Has("watch") && !query.Has("sendInitialEvents"):
			return nil
		case query.Has("sendInitialEvents"): // as a server without streaming lists
			return &Fault{Status: http.StatusUnprocessableEntity, Reason: metav1.StatusReasonInvalid}
		case query.Has("continue") == later:
			once.Do(func() {
				w.proxy.lose(r.RemoteAddr)
				lost <- Request{At: time.Now(), Client: r.RemoteAddr}
			})
		}
		return &one
	}))
	return lost
}
