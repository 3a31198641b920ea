package player

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/replay/playback"
)

// FuzzPlay plays whatever lines a recording may have: nothing in it makes the player panic, wait, or serve what is no JSON.
func FuzzPlay(f *testing.F) {
	const pod = `"type":"pods.v1","object":{"metadata":{"namespace":"n","name":"pod-3","resourceVersion":"12"}}}` + "\n"
	for _, seed := range []string{
		`{"at":"2026-11-24T08:00:00Z","event":"PRESENT",` + pod + `{"at":"2026-11-24T08:00:01Z","event":"MODIFIED",` + pod,
		`{"at":"2026-11-24T08:00:00Z","event":"DELETED",` + pod + `{"at":"2026-11-24T07:00:01Z","event":"ADDED",` + pod,
		`{"at":"2026-11-24T08:00:00Z","event":"TYPES","types":[]}` + "\n" + `{"at":"2026-11-24T08:00:01Z","event":"ADDED",` + pod,
		`{"at":"2026-11-24T08:00:00Z","event":"TYPES","types":[{"type":"pods.v1","kind":"Pod"},{"type":"x"}]}` + "\n",
		`{"at":"2026-11-24T08:00:00Z","event":"WATCH","type":"pods.v1"}` + "\n" + `{"at":"2026-11-24T08:00:00Z","event":"END"}` + "\n",
		`{"at":"2026-11-24T08:00:00Z","event":"ADDED",` + strings.Replace(pod, "}}}", "}]}", 1) + `{"at":"2262-11-24T08:00:00Z","event":"ADDED",` + pod,
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		const types = `"types":[{"type":"pods.v1","kind":"Pod","namespaced":true}]}` + "\n"
		rec := pack(t,
			`{"dogwatchRecording":1,"at":"2026-11-24T08:00:00Z",`+types+one,
			`{"dogwatchRecording":1,"at":"2026-11-24T08:00:05Z","continues":true,`+types+two,
		)
		p, err := New(rec, Options{Paused: true})
		if err != nil {
			t.Fatal(err)
		}
		defer p.close()
		ctx := t.Context()
		p.count(ctx)
		for range 5 {
			_ = p.stepForward(ctx)
			served(t, p)
		}
		_ = p.stepBack(ctx)
		served(t, p)
		s := search{parts: p.parts, from: p.scene.spot, tracker: newTracker(playback.Object{Resource: pods, Namespace: "n", Name: "pod-3"}, p.note), note: p.note}
		for _, find := range []func(context.Context) (spot, error){s.forward, s.back} {
			if to, err := find(ctx); err == nil {
				_ = p.goTo(ctx, to)
				served(t, p)
			}
		}
	})
}

func served(t *testing.T, p *Player) {
	t.Helper()
	for _, def := range p.Store().Types() {
		snapshot, err := p.Store().Snapshot(def.Resource, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range snapshot.Range("", "") {
			if !json.Valid(o.JSON) || o.Cells != nil && !json.Valid(o.Cells) {
				t.Errorf("serves %q with cells %q", o.JSON, o.Cells)
			}
		}
	}
}
