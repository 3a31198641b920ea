package follow

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dogwatch/dogwatch/config"
)

// text is a Source that holds the same until the test says otherwise.
type text struct {
	content string
	changes chan struct{}
}

func (s *text) Name() string                                        { return "text" }
func (s *text) Changes(context.Context) <-chan struct{}             { return s.changes }
func (s *text) Read() ([]byte, error)                               { return []byte(s.content), nil }
func (s *text) Beside([]string) (read func(string) ([]byte, error)) { return nil }
func (s *text) Wait()                                               {}

// What is refused is tried again by itself, later and later, and soon after a change; that is said once, and that it went well in the end.
func TestWhatIsRefusedIsTriedLaterAndLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &text{content: types("pods"), changes: make(chan struct{}, 1)}
		var mu sync.Mutex
		var tries []time.Duration
		var said []string
		last, isThere := time.Now(), false
		stop := New(Options{
			Source: source,
			Apply: func(config.Config) error {
				mu.Lock()
				defer mu.Unlock()
				tries, last = append(tries, time.Since(last)), time.Now()
				if !isThere {
					return errors.New("there is no such folder")
				}
				return nil
			},
			Changed: func(s State) {
				mu.Lock()
				defer mu.Unlock()
				said = append(said, s.Problem)
			},
		}).Begin(t.Context())
		defer stop()
		within := func(d time.Duration) []time.Duration {
			time.Sleep(d)
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			now := tries
			tries = nil
			return now
		}
		const second = time.Second
		all := within(10 * time.Minute)
		for i, least := range []time.Duration{0, second / 2, second, 2 * second, 4 * second, 8 * second, 16 * second, 30 * second, 30 * second} {
			if i >= len(all) || all[i] < least || all[i] > least*3/2 {
				t.Fatalf("try %d comes after %s of %s or up to half more", i, all, least)
			}
		}
		source.changes <- struct{}{}
		if all := within(second); len(all) != 2 {
			t.Errorf("within a second after a change it is tried after %s", all)
		}
		mu.Lock()
		isThere = true
		mu.Unlock()
		if all := within(10 * time.Minute); len(all) != 1 {
			t.Errorf("until it goes well and behind that it is tried after %s", all)
		}
		if !slices.Equal(said, []string{"text: there is no such folder", ""}) {
			t.Errorf("it says %q", said)
		}
	})
}
