package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/replay/served"
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
	remove, err := o.useKubeconfig(s.Kubeconfig)
	if err != nil {
		s.Stop()
		return nil, nil, err
	}
	o.Played, o.Recorded = s.Player.Now, s.Player
	o.AllNamespaces = o.AllNamespaces || o.Kube.Context.Namespace == ""
	return typesAt(rec, at), func() { s.Stop(); remove() }, nil
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

// useKubeconfig has the options use a kubeconfig, in a folder of its own that remove takes away.
func (o *mcpOptions) useKubeconfig(content []byte) (remove func(), err error) {
	dir, err := os.MkdirTemp("", "dogwatch-mcp-") // 0700
	if err != nil {
		return nil, fmt.Errorf("making a folder for the kubeconfig: %w", err)
	}
	remove = func() { _ = os.RemoveAll(dir) }
	namespace := o.Kube.Context.Namespace
	o.Kube = cluster.NewFlags() // whatever is said of a cluster is of another
	o.Kube.Kubeconfig, o.Kube.Context.Namespace = filepath.Join(dir, "kubeconfig"), namespace
	if err := os.WriteFile(o.Kube.Kubeconfig, content, 0o600); err != nil {
		remove()
		return nil, fmt.Errorf("writing the kubeconfig: %w", err)
	}
	return remove, nil
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
