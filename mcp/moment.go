package mcp

import (
	"fmt"
	"strings"
	"time"
)

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
