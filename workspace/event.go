package workspace

import (
	"encoding/json"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/model"
)

// Event is an Event of the API, of v1 or events.k8s.io. Its texts come from the cluster.
type Event struct {
	Key model.Key
	// Type is "Normal" or "Warning".
	Type            string
	Reason, Message string
	// Source is who says so.
	Source string
	// Count is how often it happened from First to Last, by the server's clock; zero times where they are not told.
	Count       int
	First, Last time.Time
}

// eventJSON is what the two types have, each by its own names.
type eventJSON struct {
	Metadata metav1.ObjectMeta
	Type     string
	Reason   string

	Message        string
	InvolvedObject reference
	Source         eventSource
	FirstTimestamp metav1.Time
	LastTimestamp  metav1.Time
	Count          int

	Note                     string
	Regarding                reference
	DeprecatedSource         eventSource
	DeprecatedFirstTimestamp metav1.Time
	DeprecatedLastTimestamp  metav1.Time
	DeprecatedCount          int

	ReportingComponent  string // v1
	ReportingController string // events.k8s.io
	EventTime           metav1.MicroTime
	Series              struct {
		Count            int
		LastObservedTime metav1.MicroTime
	}
}

// reference names what an Event is about.
type reference struct{ UID, Kind, Namespace, Name string }

type eventSource struct{ Component, Host string }

// parseEvent reads an Event's JSON, and what it is about.
func parseEvent(text []byte) (event Event, about reference, err error) {
	var e eventJSON
	if err := json.Unmarshal(text, &e); err != nil {
		return Event{}, about, err
	}
	if about = e.InvolvedObject; about == (reference{}) {
		about = e.Regarding
	}
	event = Event{
		Type: e.Type, Reason: e.Reason, Message: strings.TrimSpace(e.Message + e.Note), Count: max(e.Count, e.DeprecatedCount, e.Series.Count, 1),
		First: earliest(e.FirstTimestamp.Time, e.DeprecatedFirstTimestamp.Time, e.EventTime.Time),
		Last:  latest(e.LastTimestamp.Time, e.DeprecatedLastTimestamp.Time, e.Series.LastObservedTime.Time, e.EventTime.Time, e.FirstTimestamp.Time),
	}
	if event.Last.IsZero() {
		event.Last = e.Metadata.CreationTimestamp.Time
	}
	for _, name := range []string{e.ReportingComponent, e.ReportingController, e.Source.Component, e.DeprecatedSource.Component} {
		if event.Source == "" {
			event.Source = name
		}
	}
	if host := e.Source.Host + e.DeprecatedSource.Host; host != "" && event.Source != "" {
		event.Source += " on " + host
	}
	return event, about, nil
}

func earliest(times ...time.Time) (first time.Time) {
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

func latest(times ...time.Time) (last time.Time) {
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}
