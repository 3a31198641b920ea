package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	// tableAccept asks for Table rows as dogwatch does.
	tableAccept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
	// streamPods is the path of the stream that dogwatch reads for pods in all namespaces.
	streamPods = "/api/v1/pods?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&includeObject=Object"
	// firstEvents is how many events the start of a stream is.
	firstEvents = 50
	endMark     = `"k8s.io/initial-events-end"`
)

// stream is what reading the stream of all pods took.
type stream struct {
	first, all time.Duration // from the start of the process: the first events, and all of them
	events     int
	bytes      int64
}

// readPods reads the stream of all pods with curl, which looks like no browser: for those the server indents its JSON. What is
// read is looked through for line ends and the mark of the end, and thrown away.
func (t *target) readPods(ctx context.Context) (s stream, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := t.curl(ctx, streamPods, tableAccept)
	output, err := cmd.StdoutPipe()
	if err != nil {
		return s, err
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return s, fmt.Errorf("starting curl: %w", err)
	}
	err = s.take(output, begin)
	cancel()
	_ = cmd.Wait() // it was killed
	if err != nil {
		return s, fmt.Errorf("reading pods with curl: %w\n%s", err, complaint.Bytes())
	}
	return s, nil
}

// take reads until the mark of the end.
func (s *stream) take(output io.Reader, begin time.Time) error {
	buffer := make([]byte, 256<<10)
	kept := 0 // bytes at the front, in which the mark may have begun
	for {
		n, err := output.Read(buffer[kept:])
		s.bytes += int64(n)
		s.events += bytes.Count(buffer[kept:kept+n], []byte{'\n'})
		if s.first == 0 && s.events >= firstEvents {
			s.first = time.Since(begin)
		}
		if bytes.Contains(buffer[:kept+n], []byte(endMark)) {
			s.all = time.Since(begin)
			return nil
		}
		if err != nil {
			return errors.Join(err, fmt.Errorf("the stream broke off after %d events", s.events))
		}
		kept = copy(buffer, buffer[max(0, kept+n-len(endMark)):kept+n])
	}
}
