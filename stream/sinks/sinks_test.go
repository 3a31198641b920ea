package sinks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"go.uber.org/goleak"

	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/stream/sinks"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func messages(from, to int) []stream.Message {
	var all []stream.Message
	for n := from; n < to; n++ {
		all = append(all, stream.Message{ID: strconv.Itoa(n), Body: fmt.Appendf(nil, `{"id":"%d"}`, n)})
	}
	return all
}

// limited is a writer that has room for so many bytes.
type limited struct {
	bytes.Buffer
	room int
	err  error
}

func (l *limited) Write(p []byte) (int, error) {
	if len(p) <= l.room {
		l.room -= len(p)
		return l.Buffer.Write(p)
	}
	n, _ := l.Buffer.Write(p[:l.room])
	l.room = 0
	return n, l.err
}

func TestLines(t *testing.T) {
	full := errors.New("full")
	out := &limited{room: 25, err: full}
	l := sinks.NewLines(out)
	if n, err := l.Send(t.Context(), messages(0, 3)); n != 2 || !errors.Is(err, full) {
		t.Errorf("%d are taken, %v", n, err)
	}
	out.room = 1000
	if n, err := l.Send(t.Context(), messages(2, 3)); n != 1 || err != nil {
		t.Errorf("%d are taken, %v", n, err)
	}
	if want := "{\"id\":\"0\"}\n{\"id\":\"1\"}\n{\"i\n{\"id\":\"2\"}\n"; out.String() != want {
		t.Errorf("written %q, want %q", out.String(), want)
	}
}

func TestAPipeThatNobodyReads(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sinks.NewLines(w).Send(t.Context(), messages(0, 1)); !errors.Is(err, stream.ErrNobody) {
		t.Errorf("it says %v", err)
	}
}

// receiver is a server that takes events, unless something goes wrong.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	got   []string
	asked []*http.Request
	// fail, if not nil, is asked first. It tells whether it has answered, or has broken off.
	fail func(w http.ResponseWriter, r *http.Request, ids []string) bool
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (s *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var ids []string
	for line := range strings.Lines(string(body)) {
		var e struct{ ID string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		ids = append(ids, e.ID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r)
	if s.fail != nil && s.fail(w, r, ids) {
		return
	}
	s.got = append(s.got, ids...)
	w.WriteHeader(http.StatusAccepted)
}

func sinkTo(t *testing.T, server string, opts sinks.HTTPOptions) *sinks.HTTP {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	if opts.Format == nil {
		opts.Format = stream.JSON()
	}
	h := sinks.NewHTTP(u, opts)
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// always are headers that do not change.
func always(h http.Header) func() (http.Header, error) {
	return func() (http.Header, error) { return h, nil }
}

func TestHTTPPostsBatchesWithHeaders(t *testing.T) {
	r := newReceiver(t)
	h := sinkTo(t, r.URL+"/in?x=1", sinks.HTTPOptions{Header: always(http.Header{"Authorization": {"Bearer a"}}), UserAgent: "dogwatch/test"})
	if n, err := h.Send(t.Context(), messages(0, 3)); n != 3 || err != nil {
		t.Fatalf("%d are taken, %v", n, err)
	}
	one := sinkTo(t, r.URL, sinks.HTTPOptions{One: true})
	if n, err := one.Send(t.Context(), messages(3, 5)); n != 2 || err != nil {
		t.Fatalf("%d are taken, %v", n, err)
	}
	if fmt.Sprint(r.got) != "[0 1 2 3 4]" || len(r.asked) != 3 {
		t.Errorf("%v came in %d requests", r.got, len(r.asked))
	}
	a := r.asked[0]
	got := []string{a.Method, a.URL.String(), a.Header.Get("Content-Type"), a.Header.Get("Authorization"), a.Header.Get("User-Agent")}
	if fmt.Sprint(got) != "[POST /in?x=1 application/x-ndjson Bearer a dogwatch/test]" {
		t.Errorf("asked as %q", got)
	}
	if media := r.asked[1].Header.Get("Content-Type"); media != "application/json" {
		t.Errorf("one is sent as %s", media)
	}
}

func TestHostAndUserAgentAreSentAsGiven(t *testing.T) {
	r := newReceiver(t)
	h := sinkTo(t, r.URL, sinks.HTTPOptions{Header: always(http.Header{"Host": {"events.example"}, "User-Agent": {"mine"}}), UserAgent: "dogwatch/test"})
	if n, err := h.Send(t.Context(), messages(0, 1)); n != 1 || err != nil {
		t.Fatalf("%d are taken, %v", n, err)
	}
	if a := r.asked[0]; a.Host != "events.example" || a.UserAgent() != "mine" {
		t.Errorf("asked of %s by %s", a.Host, a.UserAgent())
	}
}

// A token that is renewed is sent along from then on, and where it cannot be had nothing is sent.
func TestHeadersAreAskedForEachRequest(t *testing.T) {
	r := newReceiver(t)
	token, missing := "", errors.New("there is no token")
	h := sinkTo(t, r.URL, sinks.HTTPOptions{One: true, Header: func() (http.Header, error) {
		if token += "x"; token == "xxx" {
			return nil, missing
		}
		return http.Header{"Authorization": {token}}, nil
	}})
	if n, err := h.Send(t.Context(), messages(0, 4)); n != 2 || !errors.Is(err, missing) {
		t.Fatalf("%d are taken, %v", n, err)
	}
	if n, err := h.Send(t.Context(), messages(2, 4)); n != 2 || err != nil {
		t.Fatalf("%d are taken, %v", n, err)
	}
	var got []string
	for _, a := range r.asked {
		got = append(got, a.Header.Get("Authorization"))
	}
	if fmt.Sprint(got) != "[x xx xxxx xxxxx]" {
		t.Errorf("asked as %q", got)
	}
}

// Long bodies are divided, and one that is refused among others is found.
func TestHTTPFindsWhatIsRefused(t *testing.T) {
	r := newReceiver(t)
	r.fail = func(w http.ResponseWriter, _ *http.Request, ids []string) bool {
		for _, id := range ids {
			if id == "5" {
				http.Error(w, "not  that\n one", http.StatusUnprocessableEntity)
				return true
			}
		}
		return false
	}
	h := sinkTo(t, r.URL, sinks.HTTPOptions{})
	var refused *stream.RefusedError
	n, err := h.Send(t.Context(), messages(0, 9))
	if n != 5 || !errors.As(err, &refused) || !strings.HasSuffix(err.Error(), "answers 422 Unprocessable Entity: not that one") {
		t.Errorf("%d are taken, %v", n, err)
	}
	if n, err := h.Send(t.Context(), messages(6, 9)); n != 3 || err != nil || fmt.Sprint(r.got) != "[0 1 2 3 4 6 7 8]" {
		t.Errorf("%d are taken, %v; %v came", n, err, r.got)
	}
}

func TestWhatAnAnswerMeans(t *testing.T) {
	for _, c := range []struct {
		status  int
		after   string
		refused bool
		later   time.Duration
	}{
		{status: 200},
		{status: 299},
		{status: 400, refused: true},
		{status: 413, refused: true},
		{status: 401},
		{status: 302},
		{status: 503, after: "7", later: 7 * time.Second},
		{status: 429, after: time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), later: time.Hour},
		{status: 500, after: "soon"},
	} {
		r := newReceiver(t)
		r.fail = func(w http.ResponseWriter, _ *http.Request, _ []string) bool {
			w.Header().Set("Retry-After", c.after)
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.status)
			return true
		}
		n, err := sinkTo(t, r.URL, sinks.HTTPOptions{}).Send(t.Context(), messages(0, 1))
		var refused *stream.RefusedError
		var later *stream.LaterError
		if isGood := c.status/100 == 2; (n == 1) != isGood || (err == nil) != isGood || errors.As(err, &refused) != c.refused || errors.As(err, &later) != (c.later > 0) {
			t.Errorf("%d: %d are taken, %v", c.status, n, err)
		}
		if later != nil && (later.After > c.later || later.After < c.later*9/10) {
			t.Errorf("%d with %s: after %s", c.status, c.after, later.After)
		}
		if len(r.asked) != 1 {
			t.Errorf("%d: asked %d times", c.status, len(r.asked))
		}
	}
}

// What lets one in may be the user's name or the path, too.
func TestPasswordsAreNotSaid(t *testing.T) {
	r := newReceiver(t)
	r.fail = func(w http.ResponseWriter, _ *http.Request, _ []string) bool {
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	with := strings.Replace(r.URL, "http://", "http://hunter1:hunter2@", 1) + "/hunter3?key=hunter4#hunter5"
	send := func(when string) {
		t.Helper()
		_, err := sinkTo(t, with, sinks.HTTPOptions{Header: always(http.Header{"X-Key": {"hunter6"}})}).Send(t.Context(), messages(0, 1))
		if err == nil || strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), r.URL) {
			t.Errorf("%s: %v", when, err)
		}
	}
	send("refused")
	if user, password, _ := r.asked[0].BasicAuth(); user != "hunter1" || password != "hunter2" || r.asked[0].URL.RequestURI() != "/hunter3?key=hunter4" {
		t.Errorf("asked for %s as %s with %s", r.asked[0].URL, user, password)
	}
	r.Close()
	send("not there")
}

func TestARequestEndsInTime(t *testing.T) {
	r := newReceiver(t)
	r.fail = func(_ http.ResponseWriter, asked *http.Request, _ []string) bool {
		<-asked.Context().Done()
		return true
	}
	if n, err := sinkTo(t, r.URL, sinks.HTTPOptions{Timeout: 20 * time.Millisecond}).Send(t.Context(), messages(0, 1)); n != 0 || err == nil {
		t.Errorf("%d are taken, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := sinkTo(t, r.URL, sinks.HTTPOptions{}).Send(ctx, messages(0, 1)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d are taken, %v", n, err)
	}
}

func TestCloudEventsAreReceivedByTheOfficialLibrary(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		all, err := cehttp.NewEventsFromHTTPRequest(r)
		if err != nil {
			t.Error(err)
		}
		for _, e := range all {
			got = append(got, e.ID()+" "+e.Type())
		}
	}))
	defer server.Close()
	format := stream.CloudEvents()
	var batch []stream.Message
	for n := range 3 {
		c := &stream.Change{Schema: "change.v1", ID: strconv.Itoa(n), Time: time.Now(), Change: stream.Added}
		body, err := format.Encode(c)
		if err != nil {
			t.Fatal(err)
		}
		batch = append(batch, stream.Message{Body: body})
	}
	if n, err := sinkTo(t, server.URL, sinks.HTTPOptions{Format: format}).Send(t.Context(), batch); n != 3 || err != nil {
		t.Fatalf("%d are taken, %v", n, err)
	}
	if fmt.Sprint(got) != "[0 com.github.dogwatch.change.added 1 com.github.dogwatch.change.added 2 com.github.dogwatch.change.added]" {
		t.Errorf("received %q", got)
	}
}

// A server that fails at random, in all ways, gets each event; once those that came twice are left out, in their order.
func TestNothingIsLostToAServerThatFails(t *testing.T) {
	r := newReceiver(t)
	random := rand.New(rand.NewPCG(3, 4))
	broken := 0
	r.fail = func(w http.ResponseWriter, asked *http.Request, ids []string) bool {
		switch random.IntN(8) {
		case 0:
			w.WriteHeader(http.StatusInternalServerError)
		case 1: // too late: it has taken them
			r.got = append(r.got, ids...)
			select {
			case <-asked.Context().Done():
			case <-time.After(200 * time.Millisecond):
			}
		case 2: // it has taken them, and the answer is cut off
			r.got = append(r.got, ids...)
			panic(http.ErrAbortHandler)
		case 3: // the connection is closed
			panic(http.ErrAbortHandler)
		default:
			return false
		}
		broken++
		return true
	}
	q := stream.NewMemory(1 << 20)
	const all = 1000
	for _, m := range messages(0, all) {
		if err := q.Put(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	q.Seal()
	h := sinkTo(t, r.URL, sinks.HTTPOptions{Timeout: 100 * time.Millisecond})
	s := stream.NewSender(q, h, stream.SenderOptions{Batch: 10, FirstWait: time.Millisecond, LongestWait: time.Millisecond})
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	seen, next := map[string]bool{}, 0
	for _, id := range r.got {
		if seen[id] {
			continue
		}
		seen[id] = true
		if id != strconv.Itoa(next) {
			t.Fatalf("%s comes where %d is to", id, next)
		}
		next++
	}
	if next != all || broken == 0 || s.Progress().Failures == 0 || s.Progress().Sent != all {
		t.Errorf("%d of %d came, %d requests were broken: %+v", next, all, broken, s.Progress())
	}
}
