package faults

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// dated is what marks rows that are not of the present.
var dated = regexp.MustCompile(`rows as of \d\d:\d\d:\d\d`)

// TestScreenSaysWhatIsNotLive runs the program itself through the main faults of the network. Amid each of them the rows stay,
// marked and dated, with what is wrong and when it is tried again; no watch is called live.
func TestScreenSaysWhatIsNotLive(t *testing.T) {
	t.Parallel()
	program, err := tests.Build()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	tty, err := terminal.Start(t.Context(), terminal.Options{
		Path: program, Args: []string{"-n", w.namespace, configMaps}, Width: 160, Height: 40,
		Env: []string{"HOME=" + t.TempDir(), "KUBECONFIG=" + w.proxy.Kubeconfig(bare.Token("reader"))},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tty.Close)
	live := func(screen string) bool {
		first, _, _ := strings.Cut(screen, "\n")
		return strings.Contains(first, "1 live") && strings.Contains(screen, objectName(7)) && !dated.MatchString(screen)
	}
	tty.WaitFor(t, Patience, "a live watch", live)
	retryNow := func() { // failures in a row grow the pauses
		if err := tty.Press("ctrl+r"); err != nil {
			t.Fatal(err)
		}
	}
	failing := answers(Fault{Status: http.StatusServiceUnavailable, Reason: metav1.StatusReasonServiceUnavailable}, "")
	busy := answers(Fault{Status: http.StatusTooManyRequests, Reason: metav1.StatusReasonTooManyRequests, RetryAfter: 2 * time.Second}, "")
	page := answers(Fault{Page: true, Status: http.StatusBadGateway}, "")
	type seen struct {
		trouble
		words string
	}
	faults := []seen{
		{troubles()["connection refused"], "refused"}, {failing, "Service Unavailable"}, {busy, "Too Many Requests"}, {page, "HTML"},
	}
	if isLong() {
		faults = append(faults, seen{troubles()["half-open"], ""})
	}
	for _, fault := range faults {
		fault.begin(w)
		retryNow()
		tty.WaitFor(t, Patience, "dated rows, and "+fault.words, func(screen string) bool {
			return dated.MatchString(screen) && strings.Contains(screen, "retry in ") && strings.Contains(screen, fault.words)
		})
		screen := tty.Screen()
		if first, _, _ := strings.Cut(screen, "\n"); strings.Contains(first, "1 live") || !strings.Contains(screen, objectName(7)) {
			t.Errorf("amid the fault:\n%s", screen)
		}
		fault.end(w)
		retryNow()
		tty.WaitFor(t, Patience, "a live watch again", live)
	}
	if err := tty.Press("q"); err != nil {
		t.Fatal(err)
	}
	if code, err := tty.Wait(t.Context()); err != nil || code != 0 {
		t.Errorf("dogwatch ended with %d: %v", code, err)
	}
}
