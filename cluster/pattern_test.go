package cluster

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

func TestPatternsStandForAllThatMatch(t *testing.T) {
	s := newSnapshot(typical(), &Snapshot{}, t0)
	s.labels = map[schema.GroupResource]labels.Set{
		{Group: "example.com", Resource: "foos"}:   {"team": "shop", "app.kubernetes.io/part-of": "till"},
		{Group: "example.com", Resource: "only2s"}: {},
	}
	for arg, want := range map[string][]string{
		"*.example.com":                      {"foos.v1.example.com", "only2s.v2.example.com"},
		"*.EXAMPLE.com":                      {"foos.v1.example.com", "only2s.v2.example.com"},
		"*s.*.k8s.io":                        {"events.v1.events.k8s.io"},
		"events.*":                           {"events.v1.", "events.v1.events.k8s.io"},
		"*.*.dev":                            {"services.v1.serving.knative.dev"},
		"*.gateway.networking.k8s.io":        nil,
		"crd:team=shop":                      {"foos.v1.example.com"},
		"crd:app.kubernetes.io/part-of=till": {"foos.v1.example.com"},
		"crd:team in (a,shop),team":          {"foos.v1.example.com"},
		"crd:!team":                          {"only2s.v2.example.com"}, // what has no definition has no label that could be missing
		"crd:team=other":                     nil,
	} {
		got, err := s.Resolve(arg)
		if err != nil || !slices.Equal(names(got), want) {
			t.Errorf("%s stands for %v (%v), wanted %v", arg, names(got), err, want)
		}
	}
	if _, err := s.Resolve("crd:a=b=c"); err == nil {
		t.Error("what is no selector is taken")
	}
	if _, err := (&Snapshot{byType: s.byType, all: s.all}).Resolve("*.example.com"); err == nil {
		t.Error("a pattern is answered before all is known")
	}
}

func TestTypesAreChosenByTheLabelsOfTheirDefinitions(t *testing.T) {
	t.Parallel()
	server, c := startServer(t, apiserver.Options{})
	chosen := func(want bool) func(*Snapshot) bool {
		return func(s *Snapshot) bool {
			found, err := s.Resolve("crd:team=shop")
			return err == nil && (len(found) == 1 && found[0].GVR.GroupResource() == gauges) == want
		}
	}
	label := func(of map[string]any) {
		t.Helper()
		crd := sample.JSON(map[string]any{"metadata": map[string]any{"name": gauges.Resource + "." + gauges.Group, "labels": of}})
		if _, err := server.Store().Apply(definitions, crd); err != nil {
			t.Fatal(err)
		}
	}
	label(map[string]any{"team": "shop"})
	awaitCatalog(t, c, "what is labelled from the start", chosen(true))
	label(map[string]any{"team": "other"})
	awaitCatalog(t, c, "its label being another", chosen(false))
	label(map[string]any{"team": "shop"})
	awaitCatalog(t, c, "its label being back", chosen(true))
	if _, err := server.Store().Delete(definitions, "", gauges.Resource+"."+gauges.Group); err != nil {
		t.Fatal(err)
	}
	awaitCatalog(t, c, "its definition being gone", chosen(false))
}

// What labels there are is not answered before all are known, and said to be refused where it is.
func TestLabelsOfDefinitionsThatAreNotKnown(t *testing.T) {
	t.Parallel()
	s := newSnapshot(typical(), &Snapshot{}, t0)
	if _, err := s.Resolve("crd:team=shop"); !errors.Is(err, ErrNotDiscovered) {
		t.Errorf("before they are known: %v", err)
	}
	_, c := startServer(t, apiserver.Options{Policy: func(_, _ string, r schema.GroupVersionResource, _ string) bool {
		return r != definitions
	}})
	awaitCatalog(t, c, "the refusal", func(s *Snapshot) bool {
		_, err := s.Resolve("crd:team=shop")
		return err != nil && strings.Contains(err.Error(), "crd:team=shop: the labels of CustomResourceDefinitions are not known")
	})
	c.Catalog().types.know(definitions, nil) // as after the next try, which rests for long
	awaitCatalog(t, c, "there being none", func(s *Snapshot) bool {
		found, err := s.Resolve("crd:team=shop")
		return err == nil && len(found) == 0
	})
}

// Where there is no definition at all, that is known, too: it is waited for no longer.
func TestLabelsWhereThereIsNoDefinition(t *testing.T) {
	t.Parallel()
	_, c := startServer(t, apiserver.Options{})
	awaitCatalog(t, c, "there being none", func(s *Snapshot) bool {
		found, err := s.Resolve("crd:team=shop")
		return err == nil && len(found) == 0
	})
}
