package metrics

import (
	"runtime"
	"strconv"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/workspace"
)

// Workspace is where watches are.
type Workspace interface {
	Watches() []workspace.Watched
	Discovery() workspace.Discovery
}

// Of tells of a program and what it watches.
func Of(version string, ws Workspace) Source {
	return func() []Family {
		build := Family{
			Name: "dogwatch_build_info", Help: "Which dogwatch this is: always 1.", Labels: []string{"goversion", "version"},
			Samples: []Sample{{[]string{runtime.Version(), version}, 1}},
		}
		return append(append(watches(ws.Watches()), discovery(ws.Discovery())...), build)
	}
}

// measure is one family of watches.
type measure struct {
	name, help string
	kind       Kind
	of         func(w *informers.Watch, s *informers.State) float64
}

// measures are what is told of each watch.
func measures() []measure {
	return []measure{
		{
			"synced", "Whether the whole list was there once.", Gauge,
			func(_ *informers.Watch, s *informers.State) float64 { return truth(s.Synced) },
		},
		{
			"live", "Whether what is held is the server's present state.", Gauge,
			func(_ *informers.Watch, s *informers.State) float64 { return truth(s.Phase == informers.Live) },
		},
		{
			"objects", "Objects that are held.", Gauge,
			func(w *informers.Watch, _ *informers.State) float64 { return float64(w.Store().Len()) },
		},
		{
			"unhealthy_objects", "Objects that are held and are not well.", Gauge,
			func(w *informers.Watch, _ *informers.State) float64 { return float64(w.Store().Unhealthy()) },
		},
		{
			"last_heard_timestamp_seconds", "When the server last said anything, a bookmark too; 0 before the first. What time() is ahead of it is the most that the watch lags behind.", Gauge,
			func(_ *informers.Watch, s *informers.State) float64 { return seconds(s.LastHeard) },
		},
		{
			"events_total", "Changes that came after the list.", Counter,
			func(_ *informers.Watch, s *informers.State) float64 { return float64(s.Stats.Events) },
		},
		{
			"relists_total", "Lists after the first: breaks that the server could not bridge.", Counter,
			func(_ *informers.Watch, s *informers.State) float64 { return float64(max(s.Stats.Lists, 1) - 1) },
		},
		{
			"errors_total", "Lists and watches that failed, to be tried again.", Counter,
			func(_ *informers.Watch, s *informers.State) float64 { return float64(s.Stats.Failures) },
		},
		{
			"received_bytes_total", "JSON read, after decompression.", Counter,
			func(_ *informers.Watch, s *informers.State) float64 { return float64(s.Stats.Bytes) },
		},
	}
}

// watches tells of each watch. One may be of the same type as another, so each has a number.
func watches(all []workspace.Watched) []Family {
	measures := measures()
	families := make([]Family, len(measures))
	for i, m := range measures {
		families[i] = Family{Name: "dogwatch_watch_" + m.name, Help: m.help, Kind: m.kind, Labels: []string{"group", "resource", "version", "watch"}}
	}
	for _, w := range all {
		gvr, state := w.Watch.Identity().GVR, w.Watch.State()
		labels := []string{gvr.Group, gvr.Resource, gvr.Version, strconv.FormatUint(w.Watch.Number(), 10)}
		for i, m := range measures {
			families[i].Samples = append(families[i].Samples, Sample{labels, m.of(w.Watch, &state)})
		}
	}
	return families
}

func discovery(d workspace.Discovery) []Family {
	return []Family{
		one("dogwatch_discovery_types", "Types of the cluster that can be watched.", Gauge, float64(d.Types)),
		one("dogwatch_discovery_group_versions_down", "Group versions whose API does not answer.", Gauge, float64(d.Down)),
		one("dogwatch_discovery_refreshes_total", "How often the server has told all its types.", Counter, float64(d.Refreshes)),
		one("dogwatch_discovery_errors_total", "How often it was asked for them and did not.", Counter, float64(d.Failures)),
		one("dogwatch_discovery_last_refresh_timestamp_seconds", "When it last told them; 0 before the first time.", Gauge, seconds(d.Fetched)),
	}
}

// seconds is a time as Prometheus has them; 0 for none.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
