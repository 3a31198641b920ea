package metrics

import (
	"github.com/dogwatch/dogwatch/follow"
	"github.com/dogwatch/dogwatch/model/signal"
)

// Stream is what a stream has sent to a sink, and what waits.
type Stream struct {
	// Sink tells it from others.
	Sink         string
	Waiting      int
	WaitingBytes int64
	// Sent, SentBytes, Failures and Refused are as in stream.Progress.
	Sent, SentBytes, Failures, Refused uint64
	Failing                            bool
}

// OfStream tells of a stream, for each of its sinks.
func OfStream(now func() []Stream) Source {
	return func() []Family {
		all := now()
		of := func(name, help string, kind Kind, value func(*Stream) float64) Family {
			f := Family{Name: name, Help: help, Kind: kind, Labels: []string{"sink"}}
			for i := range all {
				f.Samples = append(f.Samples, Sample{[]string{all[i].Sink}, value(&all[i])})
			}
			return f
		}
		return []Family{
			of("dogwatch_stream_queue_messages", "Messages that wait to be delivered.", Gauge, func(s *Stream) float64 { return float64(s.Waiting) }),
			of("dogwatch_stream_queue_bytes", "About what they take.", Gauge, func(s *Stream) float64 { return float64(s.WaitingBytes) }),
			of("dogwatch_stream_sent_messages_total", "Messages that were delivered.", Counter, func(s *Stream) float64 { return float64(s.Sent) }),
			of("dogwatch_stream_sent_bytes_total", "What their bodies took.", Counter, func(s *Stream) float64 { return float64(s.SentBytes) }),
			of("dogwatch_stream_errors_total", "How often sending failed, to be tried again.", Counter, func(s *Stream) float64 { return float64(s.Failures) }),
			of("dogwatch_stream_refused_messages_total", "Messages that were refused for good, and given up.", Counter, func(s *Stream) float64 { return float64(s.Refused) }),
			of("dogwatch_stream_failing", "Whether sending fails now.", Gauge, func(s *Stream) float64 { return truth(s.Failing) }),
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

// OfSignals tells how many signals are open, by severity: none of one that open does not count, and nothing of any where it gives nil, since nobody judges.
func OfSignals(open func() map[signal.Severity]int) Source {
	return func() []Family {
		counts := open()
		f := Family{Name: "dogwatch_signals_open", Help: "Signals that are open.", Labels: []string{"severity"}}
		if counts == nil {
			return []Family{f}
		}
		for _, severity := range []signal.Severity{signal.Critical, signal.Info, signal.Warning} {
			f.Samples = append(f.Samples, Sample{[]string{string(severity)}, float64(counts[severity])})
		}
		return []Family{f}
	}
}
