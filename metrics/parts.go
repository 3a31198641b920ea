package metrics

import (
	"maps"
	"slices"

	"github.com/dogwatch/dogwatch/follow"
	"github.com/dogwatch/dogwatch/model/signal"
)

// Stream is what a stream has sent, and what waits.
type Stream struct {
	Waiting      int
	WaitingBytes int64
	// Sent, SentBytes, Failures and Refused are as in stream.Progress.
	Sent, SentBytes, Failures, Refused uint64
	Failing                            bool
}

// OfStream tells of a stream.
func OfStream(now func() Stream) Source {
	return func() []Family {
		s := now()
		return []Family{
			one("dogwatch_stream_queue_messages", "Messages that wait to be delivered.", Gauge, float64(s.Waiting)),
			one("dogwatch_stream_queue_bytes", "About what they take.", Gauge, float64(s.WaitingBytes)),
			one("dogwatch_stream_sent_messages_total", "Messages that were delivered.", Counter, float64(s.Sent)),
			one("dogwatch_stream_sent_bytes_total", "What their bodies took.", Counter, float64(s.SentBytes)),
			one("dogwatch_stream_errors_total", "How often sending failed, to be tried again.", Counter, float64(s.Failures)),
			one("dogwatch_stream_refused_messages_total", "Messages that were refused for good, and given up.", Counter, float64(s.Refused)),
			one("dogwatch_stream_failing", "Whether sending fails now.", Gauge, truth(s.Failing)),
		}
	}
}

// OfFollower is OfConfig of a follower, and nothing of none.
func OfFollower(f *follow.Follower) Source {
	if f == nil {
		return nil
	}
	return OfConfig(f.State)
}

// OfConfig tells of the configuration that is followed, by Prometheus' own names for its own.
func OfConfig(now func() follow.State) Source {
	return func() []Family {
		s := now()
		return []Family{
			one("dogwatch_config_last_reload_successful", "Whether what the configuration says now is followed.", Gauge, truth(s.Problem == "" && s.Good > 0)),
			one("dogwatch_config_last_reload_success_timestamp_seconds", "When a configuration was followed last; 0 before the first time.", Gauge, seconds(s.Applied)),
			one("dogwatch_config_reloads_total", "How often one was followed.", Counter, float64(s.Good)),
			one("dogwatch_config_errors_total", "How often one was not, as something is wrong with it.", Counter, float64(s.Bad)),
		}
	}
}

// OfSignals tells how many signals are open, by severity.
func OfSignals(open func() map[signal.Severity]int) Source {
	return func() []Family {
		counts := open()
		f := Family{Name: "dogwatch_signals_open", Help: "Signals that are open.", Labels: []string{"severity"}}
		for _, severity := range slices.Sorted(maps.Keys(counts)) {
			f.Samples = append(f.Samples, Sample{[]string{string(severity)}, float64(counts[severity])})
		}
		return []Family{f}
	}
}
