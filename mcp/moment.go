package mcp

import (
	"fmt"
	"strings"
	"time"
)

// clockSkew is how far a client's clock may be ahead of ours.
const clockSkew = time.Minute

// pastMoment reads a moment of a question that is to have come.
func (s *Server) pastMoment(spelling string) (time.Time, error) {
	at, err := s.moment(spelling)
	if err == nil {
		err = s.hasCome(at)
	}
	return at, err
}

func (s *Server) hasCome(at time.Time) error {
	if now := s.opts.Now(); at.After(now.Add(clockSkew)) {
		return fmt.Errorf("%s has not come yet: it is %s", stamp(at), stamp(now))
	}
	return nil
}

// moment reads a moment of a question: so long ago, or a time.
func (s *Server) moment(spelling string) (time.Time, error) {
	spelling = strings.TrimSuffix(strings.TrimSpace(spelling), " ago")
	if spelling == "now" {
		return s.opts.Now(), nil
	}
	if at, err := time.Parse(time.RFC3339, spelling); err == nil {
		return at, nil
	}
	if ago, err := time.ParseDuration(spelling); err == nil && ago >= 0 {
		return s.opts.Now().Add(-ago), nil
	}
	return time.Time{}, fmt.Errorf("the moment %s: give how long ago, such as 15m or 2h30m, or a time such as 2006-01-02T15:04:05Z", quoted(spelling))
}
