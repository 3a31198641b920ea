package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/replay/served"
	"github.com/dogwatch/dogwatch/ui/text"
)

// openRecording serves the recording as it was at one moment, and has the options watch it. It gives the types that there were then.
func (o *mcpOptions) openRecording(ctx context.Context) (types []string, stop func(), err error) {
	rec, err := recording.OpenPath(o.recording)
	if err != nil {
		return nil, nil, err
	}
	at, err := o.momentOf(rec)
	if err != nil {
		return nil, nil, errors.Join(err, rec.Close())
	}
	s, err := served.Serve(context.WithoutCancel(ctx), rec, served.Options{At: at, Paused: true})
	if err != nil {
		return nil, nil, err
	}
	namespace := o.Kube.Context.Namespace
	o.Kube = cluster.NewFlags() // whatever is said of a cluster is of another
	if err := o.Kube.UseKubeconfig(s.Kubeconfig); err != nil {
		s.Stop()
		return nil, nil, err
	}
	o.Kube.Context.Namespace = namespace
	o.Played, o.Recorded = s.Player.Now, s.Player
	o.problems = func() []string { return s.Player.State().Problems }
	o.AllNamespaces = o.AllNamespaces || namespace == ""
	return typesAt(rec, at), s.Stop, nil
}

// sayProblems says what is known to be wrong with a recording, as far as anybody would read that.
func sayProblems(stderr io.Writer, all []string) {
	const most = 5
	for _, problem := range all[:min(len(all), most)] {
		fmt.Fprintf(stderr, "dogwatch: %s\n", text.Clean(problem))
	}
	if more := len(all) - most; more > 0 {
		fmt.Fprintf(stderr, "dogwatch: and %d more: dogwatch recording info\n", more)
	}
}

// momentOf is the moment that is asked about: the end unless another is said.
func (o *mcpOptions) momentOf(rec *recording.Recording) (time.Time, error) {
	begin, end := rec.Span()
	if o.at == "" {
		return end, nil
	}
	moment, err := playback.ParseMoment(o.at)
	if err != nil {
		return end, fmt.Errorf("--at: %w", err)
	}
	at := moment.In(playback.State{Begin: begin, Now: begin, End: end}, time.Local)
	if at.Before(begin) || at.After(end) {
		return at, fmt.Errorf("--at: %s is not in the recording, which goes from %s to %s", at.Format(time.RFC3339), begin.Format(time.RFC3339), end.Format(time.RFC3339))
	}
	return at, nil
}

// typesAt are the types that the recording has at a moment.
func typesAt(rec *recording.Recording, at time.Time) []string {
	var names []string
	for _, segment := range rec.Segments() {
		if segment.At.After(at) {
			break
		}
		names = names[:0]
		for _, t := range segment.Types {
			if gvr, err := t.Name.Resource(); err == nil {
				names = append(names, gvr.GroupResource().String())
			}
		}
	}
	return names
}
