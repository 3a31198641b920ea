package causes

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/faults"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/model/why"
)

// reason is what the page Why is to tell of an object.
type reason struct {
	resource, kind string
	of             model.Key
	// steps are how the lines of the steps begin that lead to the cause.
	steps []string
	// cause is in the last of them.
	cause string
	// change is how one of the changes begins that were before it; empty where the cause is none that somebody made.
	change string
}

// isExplained awaits that the way from what somebody looks at ends at the cause, and the change is told that led to it, with who made it.
func (s *trouble) isExplained(t *testing.T, d *faults.Dogwatch) {
	t.Helper()
	id := d.Watch(s.why.resource).Identity()
	of := versions.Object{Cluster: id.Cluster, GVR: id.GVR, Key: s.why.of}
	reasons, err := d.Workspace.WatchReasons(of, s.why.kind)
	if err != nil {
		t.Fatal(err)
	}
	defer reasons.Close()
	await.Success(t, patience, "the reasons to lead to the cause", func(context.Context) error {
		answer, err := reasons.Read()
		if err != nil {
			return err
		}
		told := tell(answer)
		if err := s.why.isTold(told); err != nil {
			return fmt.Errorf("%w in\n%s", err, told)
		}
		t.Logf("why:\n%s", told)
		return nil
	})
}

// told are the lines of an answer.
type told struct{ steps, events, changes []string }

func (t told) String() string {
	return strings.Join(slices.Concat(t.steps, t.events, t.changes), "\n")
}

func tell(a *why.Answer) told {
	var lines told
	for i := range a.Steps {
		s := &a.Steps[i]
		state := s.Finding.Reason
		if s.Object == nil && s.Presence == why.Missing {
			state = "missing"
		}
		lines.steps = append(lines.steps, strings.TrimSuffix(fmt.Sprintf("%s %s: %s: %s", s.Of.Kind, s.ID.Name, state, s.Finding.Message), ": "))
	}
	if e := a.Event; e != nil {
		lines.events = append(lines.events, fmt.Sprintf("event of step %d: %s: %s", a.EventOf+1, e.Reason, e.Message))
	}
	for i := range a.Changes {
		c := &a.Changes[i]
		what := fmt.Sprintf("%s: %s -> %s", c.Path, c.Old, c.New)
		if c.Type == model.Added {
			what = "created"
		}
		lines.changes = append(lines.changes, fmt.Sprintf("before it: %s %s %s by %s", c.Item.Of.Kind, c.Item.ID.Name, what, c.By.Name))
	}
	return lines
}

// isTold returns nil if an answer is as it is to be.
func (r *reason) isTold(t told) error {
	if !slices.EqualFunc(t.steps, r.steps, strings.HasPrefix) {
		return fmt.Errorf("the steps %q are not", r.steps)
	}
	if last := t.steps[len(t.steps)-1]; !strings.Contains(last, r.cause) {
		return fmt.Errorf("the cause %q is not", r.cause)
	}
	isChange := func(line string) bool { return strings.HasPrefix(line, "before it: "+r.change) }
	if !slices.ContainsFunc(t.changes, isChange) {
		return fmt.Errorf("the change %q is not", r.change)
	}
	return nil
}
