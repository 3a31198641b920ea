package faults

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/informers"
)

// trouble is a fault of the network, or of what stands in it, and what dogwatch is to show meanwhile.
type trouble struct {
	begin, end func(*world)
	// shown is the state that tells of it. what names it.
	shown func(informers.State) bool
	what  string
	// tries is how many must have failed before it ends.
	tries int
	// mute tells that a failed try is known by nothing but that no answer comes.
	mute bool
}

// answers is trouble with the answers to requests, those under way too.
func answers(fault Fault, reason string) trouble {
	return trouble{
		begin: func(w *world) {
			w.proxy.SetFault(w.every(fault))
			w.proxy.EndStreams()
		},
		end:   func(w *world) { w.proxy.SetFault(nil) },
		shown: retrying(reason), what: "retrying because of: " + reason, tries: 2,
	}
}

func troubles() map[string]trouble {
	return map[string]trouble{
		"connection refused": {
			begin: func(w *world) { w.proxy.refuse() },
			end:   func(w *world) { _ = w.proxy.open() },
			shown: retrying("refused"), what: "retrying, refused", tries: 2,
		},
		"half-open": {
			begin: func(w *world) { w.proxy.swallow(true) },
			end:   func(w *world) { w.proxy.swallow(false) },
			shown: retrying(""), what: "retrying", tries: 2, mute: true,
		},
		"500":                            answers(Fault{Status: http.StatusInternalServerError, Reason: metav1.StatusReasonInternalError}, "Internal Server Error"),
		"503":                            answers(Fault{Status: http.StatusServiceUnavailable, Reason: metav1.StatusReasonServiceUnavailable}, "Service Unavailable"),
		"HTML":                           answers(Fault{Page: true}, "HTML"),
		"HTML and 502":                   answers(Fault{Page: true, Status: http.StatusBadGateway}, "HTML"),
		"cut in the middle of an object": answers(Fault{Cut: 700}, ""),
		"truncated gzip": {
			begin: func(w *world) {
				w.breakLists(Fault{Whole: truncatedGzip, Header: http.Header{"Content-Encoding": {"gzip"}}})
			},
			end:   func(w *world) { w.proxy.SetFault(nil) },
			shown: retrying("EOF"), what: "retrying, EOF", tries: 2,
		},
		"410 while paging": {
			begin: func(w *world) {
				few := Fault{Change: func(r *http.Request) { setQuery(r, "limit", "5") }}
				gone := Fault{Status: http.StatusGone, Reason: metav1.StatusReasonExpired}
				w.breakListsBy(func(r *http.Request) *Fault {
					if r.URL.Query().Has("continue") {
						return &gone
					}
					return &few
				})
			},
			end:   func(w *world) { w.proxy.SetFault(nil) },
			shown: retrying("Gone"), what: "retrying, Gone", tries: 2,
		},
	}
}

// breakLists has all listed anew, in pages, and gives each page the same fault.
func (w *world) breakLists(fault Fault) {
	w.breakListsBy(func(*http.Request) *Fault { return &fault })
}

func (w *world) breakListsBy(hook func(*http.Request) *Fault) {
	w.proxy.SetFault(w.onObjects(func(r *http.Request) *Fault {
		switch query := r.URL.Query(); {
		case query.Has("sendInitialEvents"): // as a server without streaming lists
			return &Fault{Status: http.StatusUnprocessableEntity, Reason: metav1.StatusReasonInvalid}
		case query.Has("watch"):
			return &Fault{Status: http.StatusGone, Reason: metav1.StatusReasonExpired}
		}
		return hook(r)
	}))
	w.proxy.EndStreams()
}

func setQuery(r *http.Request, name, value string) {
	query := r.URL.Query()
	query.Set(name, value)
	r.URL.RawQuery = query.Encode()
}

// truncatedGzip packs an answer and loses the second half.
func truncatedGzip(answer []byte) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(answer) // to memory
	_ = w.Close()
	return packed.Bytes()[:packed.Len()/2]
}

func TestTroubleIsToldAndOvercome(t *testing.T) {
	for name, trouble := range troubles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := w.watch()
			broken := w.plain(w.options().Kubeconfig)
			stopChurn := w.churn(1)

			began := time.Now()
			trouble.begin(w)
			told := d.Await(configMaps, began, trouble.what, trouble.shown)
			d.soon(w.learned(broken), d.first(configMaps, began))
			w.eventually("further failures", func() bool { return d.count(configMaps, began, trouble.shown) >= trouble.tries })
			ended := time.Now()
			w.neverLive(d, told.At, ended)
			if !trouble.mute {
				w.failuresSoon(d, began)
			}
			trouble.end(w)
			stopChurn()
			took := w.oracle.Converge(t, d, ended)
			t.Logf("told of after %v, true again after %v", told.At.Sub(began).Round(time.Millisecond), took.Round(time.Millisecond))
		})
	}
}

// neverLive checks that nothing was shown as the present between two moments.
func (w *world) neverLive(d *Dogwatch, from, to time.Time) {
	w.Helper()
	for _, s := range d.Log(configMaps, from) {
		if s.Phase == informers.Live && s.At.Before(to) {
			w.Errorf("it called itself live amid the trouble:\n%s", d)
			return
		}
	}
}
