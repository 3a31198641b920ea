package faults

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

var (
	serverTime = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"`)
	freshAge   = regexp.MustCompile(`fresh +\d+ +(\d+)s\b`)
	asOf       = regexp.MustCompile(`rows as of (\d\d:\d\d:\d\d)`)
	topClock   = regexp.MustCompile(`^[^\n]* (\d\d:\d\d:\d\d) *\n`)
)

// skewed is a server whose clock is ahead: of its answers, and of all that they tell of times.
func skewed(ahead time.Duration) func(*http.Request) *Fault {
	shift := func(answer []byte) []byte {
		return serverTime.ReplaceAllFunc(answer, func(quoted []byte) []byte {
			t, err := time.Parse(`"`+time.RFC3339+`"`, string(quoted))
			if err != nil {
				return quoted
			}
			return t.Add(ahead).AppendFormat(nil, `"`+time.RFC3339+`"`)
		})
	}
	return func(*http.Request) *Fault {
		return &Fault{Skew: ahead, Whole: shift, Event: func(line []byte) [][]byte { return [][]byte{shift(line)} }}
	}
}

// TestScreenGoesByTheServersClock reads the program's own screen while the server's clock is an hour ahead, or behind: ages
// count from what the server calls now, and the clock and the time that rows are of are the server's.
func TestScreenGoesByTheServersClock(t *testing.T) {
	program, err := tests.Build()
	if err != nil {
		t.Fatal(err)
	}
	for name, ahead := range map[string]time.Duration{"ahead": time.Hour, "behind": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.proxy.SetFault(skewed(ahead))
			tty, err := terminal.Start(t.Context(), terminal.Options{
				Path: program, Args: []string{"-n", w.namespace, configMaps}, Width: 160, Height: 40,
				Env: []string{"HOME=" + t.TempDir(), "TZ=UTC", "KUBECONFIG=" + w.proxy.Kubeconfig(bare.Token("reader"))},
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(tty.Close)
			tty.WaitFor(t, Patience, "a live watch", func(screen string) bool {
				return topClock.MatchString(screen) && strings.Contains(screen, "1 live") && strings.Contains(screen, objectName(7))
			})

			began := time.Now()
			fresh := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "fresh"}}
			if _, err := w.client.CoreV1().ConfigMaps(w.namespace).Create(t.Context(), fresh, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			screen := tty.WaitFor(t, Patience, "an age that counts", func(screen string) bool { return secondsOf(screen) >= 3 })
			if age, most := secondsOf(screen), time.Since(began)+margin; time.Duration(age)*time.Second > most {
				t.Errorf("it is called %d s old after %v:\n%s", age, most, screen)
			}
			w.shows(topClock, screen, ahead, began, time.Now())

			w.proxy.refuse()
			broken := time.Now()
			screen = tty.WaitFor(t, Patience, "dated rows", asOf.MatchString)
			w.shows(asOf, screen, ahead, began, broken)
		})
	}
}

// margin is how exactly a clock is known by answers that are dated to the second.
const margin = 2 * time.Second

// secondsOf is the age that a screen shows of the fresh object, -1 if there is none in seconds.
func secondsOf(screen string) int {
	found := freshAge.FindStringSubmatch(screen)
	if found == nil {
		return -1
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		return -1
	}
	return n
}

// shows checks that a screen shows a time by a clock that is ahead, which lies between two moments of this machine's.
func (w *world) shows(what *regexp.Regexp, screen string, ahead time.Duration, from, to time.Time) {
	w.Helper()
	found := what.FindStringSubmatch(screen)
	if found == nil {
		w.Fatalf("there is no %s:\n%s", what, screen)
	}
	shown, err := time.Parse(time.TimeOnly, found[1])
	if err != nil {
		w.Fatal(err)
	}
	earliest := from.Add(ahead - margin).UTC()
	midnight := earliest.Truncate(24 * time.Hour)
	at := midnight.Add(time.Duration(shown.Hour())*time.Hour + time.Duration(shown.Minute())*time.Minute + time.Duration(shown.Second())*time.Second)
	if at.Before(earliest) {
		at = at.AddDate(0, 0, 1) // past midnight
	}
	if latest := to.Add(ahead + margin); at.After(latest) {
		w.Errorf("it shows %s, want a time from %s to %s:\n%s", found[1], earliest.Format(time.TimeOnly), latest.UTC().Format(time.TimeOnly), screen)
	}
}
