package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"regexp"
	"time"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// day is how ages are counted.
const day = 24 * time.Hour

// identity is what retouching needs of an object.
type identity struct {
	Metadata struct {
		Namespace, Name   string
		UID               string
		CreationTimestamp time.Time
		Labels            map[string]string
		OwnerReferences   []struct{ Kind string }
	}
	kind string
}

func identify(e *recording.Entry) (identity, error) {
	var o identity
	if err := json.Unmarshal(e.Object, &o); err != nil {
		return o, fmt.Errorf("reading an object of %s: %w", e.Type, err)
	}
	gvr, err := e.Type.Resource()
	o.kind = gvr.Resource
	return o, err
}

func (o *identity) key() string { return o.kind + "/" + o.Metadata.Namespace + "/" + o.Metadata.Name }

// ages makes the objects that the story begins with older than they are: a cluster where all is a minute old is no
// cluster that anybody has.
type ages struct {
	before time.Time // when the story began
	byUID  map[string]age
}

// age is how an object's times are put back: those before a moment, by so much.
type age struct {
	before time.Time
	by     time.Duration
}

func newAges(before time.Time) *ages { return &ages{before: before, byUID: map[string]age{}} }

// learn chooses the age of an object that the story begins with.
func (a *ages) learn(e *recording.Entry) error {
	o, err := identify(e)
	if err != nil {
		return err
	}
	chosen := age{before: a.before}
	switch o.kind {
	case "jobs", "events":
		return nil // they are young in any cluster
	case "pods", "replicasets", "endpointslices":
		if len(o.Metadata.OwnerReferences) > 0 && o.Metadata.OwnerReferences[0].Kind == "Job" {
			return nil
		}
		chosen.by = spread(o.Metadata.Namespace+"/"+o.Metadata.Labels["app"], 2*day, 9*day)
	case "cronjobs":
		// What it did last stays as it is.
		chosen.before = o.Metadata.CreationTimestamp.Add(time.Second)
		chosen.by = spread(o.key(), 10*day, 30*day)
	default:
		chosen.by = spread(o.key(), 10*day, 30*day)
	}
	a.byUID[o.Metadata.UID] = chosen
	return nil
}

// spread draws a duration that is the same for the same name.
func spread(name string, from, to time.Duration) time.Duration {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(name))
	return from + time.Duration(hash.Sum32()%uint32((to-from)/time.Second))*time.Second
}

// apply gives an entry's object and cells with its times put back.
func (a *ages) apply(e *recording.Entry) (object, cells []byte, err error) {
	o, err := identify(e)
	if err != nil {
		return nil, nil, err
	}
	chosen, ok := a.byUID[o.Metadata.UID]
	if !ok {
		return e.Object, e.Cells, nil
	}
	return chosen.apply(e.Object), chosen.apply(e.Cells), nil
}

func (a age) apply(text []byte) []byte {
	return times.ReplaceAllFunc(text, func(quoted []byte) []byte {
		at, err := time.Parse(time.RFC3339, string(bytes.Trim(quoted, `"`)))
		if err != nil || !at.Before(a.before) {
			return quoted
		}
		return fmt.Appendf(nil, "%q", at.Add(-a.by).Format(time.RFC3339Nano))
	})
}

// times finds the times of an object.
var times = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"`)
