package signals

import (
	"errors"
	"strings"
	"testing"
	"time"
)

const filteredPod = `{"metadata":{"name":"web","creationTimestamp":"2026-11-29T10:00:00Z","labels":{"app":"web"}},
	"spec":{"containers":[{"name":"a","image":"web:1"},{"name":"b","image":"proxy:2"}]},"status":{"phase":"Pending"}}`

func TestFilterTakesWhatItsExpressionIsTrueOf(t *testing.T) {
	filters := newTestFilters(t)
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for source, want := range map[string]bool{
		"object.status.phase != 'Running'":                                             true,
		"object.status.phase == 'Running'":                                             false,
		"object.spec.containers.exists(c, c.image.startsWith('proxy:'))":               true,
		"object.?spec.?nodeName.orValue('') == ''":                                     true,
		"now - timestamp(object.metadata.creationTimestamp) > duration('24h')":         true,
		"now - timestamp(object.metadata.creationTimestamp) > duration('72h')":         false,
		"has(object.metadata.labels.app) && object.metadata.labels.app in ['web','x']": true,
		"quantity('1Gi').isGreaterThan(quantity('500Mi'))":                             true,
	} {
		filter, err := filters.Compile(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		takes, cost, err := filter.Takes([]byte(filteredPod), now)
		if err != nil || takes != want || cost == 0 && !strings.HasPrefix(source, "quantity") {
			t.Errorf("%s: %v at the cost of %d, %v", source, takes, cost, err)
		}
	}
}

func TestFilterSaysWhereItIsWrong(t *testing.T) {
	filters := newTestFilters(t)
	for source, want := range map[string]string{
		"objct.status":                    "column 1: undeclared reference to 'objct'",
		"object.status.phase = 'Running'": "column 21: Syntax error",
		"true &&\n  old.x":                "line 2, column 3: undeclared reference to 'old'",
		"change.type == 'ADDED'":          "undeclared reference to 'change'",
		"size(object.spec)":               "column 1: it gives int, wanted is bool",
		"":                                "column 1: Syntax error",
	} {
		if _, err := filters.Compile(source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, wanted is %s", source, err, want)
		}
	}
}

func TestFilterSaysWhyItCannotTell(t *testing.T) {
	filters := newTestFilters(t)
	const dear = "object.spec.text.contains(object.spec.text)" // by the lengths of both
	long := `{"spec":{"text":"` + strings.Repeat("a", 20000) + `"}}`
	for _, c := range []struct{ source, object, want string }{
		{"object.status.nothing == 'x'", filteredPod, "no such key: nothing"},
		{"object.status.phase", filteredPod, errNoBool.Error()},
		{"object.status.phase > 3", filteredPod, "no such overload"},
		{dear, long, errTooDear.Error()},
		{"object.a == 1", `{`, "no such key: a"},
	} {
		filter, err := filters.Compile(c.source)
		if err != nil {
			t.Fatal(err)
		}
		takes, cost, err := filter.Takes([]byte(c.object), time.Now())
		if takes || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", c.source, takes, err)
		}
		if errors.Is(err, errTooDear) && cost == 0 {
			t.Errorf("%s costs nothing", c.source)
		}
	}
}

func newTestFilters(t *testing.T) *Filters {
	t.Helper()
	filters, err := NewFilters()
	if err != nil {
		t.Fatal(err)
	}
	return filters
}
