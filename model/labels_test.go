package model

import (
	"maps"
	"testing"

	"k8s.io/apimachinery/pkg/labels"
)

func TestLabelSetHoldsItsPairs(t *testing.T) {
	pairs := map[string]string{"app": "web", "empty": "", "example.com/b": "2"}
	s := MakeLabelSet(pairs)
	if got := maps.Collect(s.All()); !maps.Equal(got, pairs) {
		t.Errorf("holds %v, want %v", got, pairs)
	}
	if got, want := s.String(), "app=web,empty=,example.com/b=2"; got != want {
		t.Errorf("is %q, want %q", got, want)
	}
	if s != MakeLabelSet(maps.Clone(pairs)) {
		t.Error("equal sets are not equal")
	}
	if !s.Has("empty") || s.Has("ap") || s.Get("app") != "web" || s.Get("nothing") != "" {
		t.Error("looks labels up wrongly")
	}
	if (LabelSet{}) != MakeLabelSet(nil) || (LabelSet{}).String() != "" {
		t.Error("the empty set is not the zero one")
	}
}

func FuzzLabelSetSelectsLikeAMap(f *testing.F) {
	f.Add("app", "web", "tier", "db", "app=web,tier!=x")
	f.Add("a", "", "b", "1", "a,b>0")
	f.Add("a,b", "c", "d", "e,f", "!a")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2, selector string) {
		pairs := map[string]string{k1: v1, k2: v2}
		s := MakeLabelSet(pairs)
		if _, err := labels.ValidatedSelectorFromSet(pairs); err != nil {
			return // no API server would accept them; only do not fail
		}
		sel, err := labels.Parse(selector)
		if err != nil {
			return
		}
		if got, want := sel.Matches(s), sel.Matches(labels.Set(pairs)); got != want {
			t.Errorf("%q selects %v: %v, as a map %v", selector, pairs, got, want)
		}
	})
}
