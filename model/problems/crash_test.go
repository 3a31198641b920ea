package problems

import (
	"fmt"
	"testing"
	"time"
)

// A pod that crashes again and again neither leaves the list for the seconds in which it runs, nor becomes new. What runs for a while is well.
func TestACrashLoopStaysInTheList(t *testing.T) {
	inBubble(t, func(w *world) {
		pods := w.watch("Pod", "pods")
		w.start()
		// crash has a container in a state, of which the pod's condition tells.
		crash := func(ready, restarts, state string) {
			now := time.Now().UTC().Format(time.RFC3339)
			w.put("Pod", "shop", "crash", fmt.Sprintf(`"status":{"phase":"Running","conditions":[{"type":"Ready","status":%q,"lastTransitionTime":%q}],"containerStatuses":[`+
				`{"name":"api","restartCount":%s,"state":{%s},"lastState":{"terminated":{"exitCode":1}}}]}`, ready, now, restarts, state), pods)
		}
		running := func() string { return fmt.Sprintf(`"running":{"startedAt":%q}`, time.Now().UTC().Format(time.RFC3339)) }
		crash("False", "2", `"waiting":{"reason":"CrashLoopBackOff"}`)
		w.mustBe("at first", "crash")
		first := w.list.Window(0, 1).Problems[0]
		time.Sleep(time.Hour)
		w.put("Pod", "shop", "other", failed, pods)
		for restarts := 3; restarts < 6; restarts++ {
			for _, c := range []struct{ ready, state string }{
				{"True", running()}, {"False", `"terminated":{"exitCode":1}`}, {"False", `"waiting":{"reason":"CrashLoopBackOff"}`},
			} {
				crash(c.ready, fmt.Sprint(restarts), c.state)
				w.mustBe(c.state, "other", "crash")
				if p := w.list.Window(1, 1).Problems[0]; !p.Since.Equal(first.Since) {
					t.Errorf("%s: since %v, not %v", c.state, p.Since, first.Since)
				}
				time.Sleep(30 * time.Second)
			}
		}
		crash("True", "6", running())
		time.Sleep(110 * time.Second)
		w.mustBe("before it has run for long", "other", "crash")
		time.Sleep(10 * time.Second)
		w.mustBe("in the end", "other")
	})
}
