package metrics

import "slices"

// Kind says what a family's samples may do.
type Kind uint8

const (
	// Gauge goes up and down.
	Gauge Kind = iota
	// Counter counts from the begin of the process.
	Counter
)

// Family is one metric, with a sample for each of the things that it tells of.
type Family struct {
	Name, Help string
	Kind       Kind
	// Labels are names, in the order of the alphabet.
	Labels  []string
	Samples []Sample
}

// Sample is a value, and what its labels are.
type Sample struct {
	Labels []string
	Value  float64
}

// Source gives families as they are now. It is called by any goroutine.
type Source func() []Family

// All joins sources, none of which has a family of another. Those that are nil have none.
func All(sources ...Source) Source {
	return func() []Family {
		var all []Family
		for _, source := range sources {
			if source != nil {
				all = append(all, source()...)
			}
		}
		return all
	}
}

// one is a family of a single sample without labels.
func one(name, help string, kind Kind, value float64) Family {
	return Family{Name: name, Help: help, Kind: kind, Samples: []Sample{{Value: value}}}
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// sorted has samples in the order of their labels, as monitoring likes to read them.
func (f *Family) sorted() []Sample {
	samples := slices.Clone(f.Samples)
	slices.SortFunc(samples, func(a, b Sample) int { return slices.Compare(a.Labels, b.Labels) })
	return samples
}
