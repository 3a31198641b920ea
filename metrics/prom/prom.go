// Package prom hands what package metrics tells to Prometheus' own library, which answers in all of its forms, and adds what that knows of the process and of
// Go. What it does before main takes 2.6 ms, so it is in dogwatch-signals only.
package prom

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/dogwatch/dogwatch/metrics"
)

// Collector collects what a source gives. Which families that are is known when it is asked only.
type Collector struct{ source metrics.Source }

var _ prometheus.Collector = Collector{}

// NewCollector makes one.
func NewCollector(source metrics.Source) Collector { return Collector{source} }

// Describe implements prometheus.Collector.
func (Collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c Collector) Collect(to chan<- prometheus.Metric) {
	for _, f := range c.source() {
		desc := prometheus.NewDesc(f.Name, f.Help, f.Labels, nil)
		kind := prometheus.GaugeValue
		if f.Kind == metrics.Counter {
			kind = prometheus.CounterValue
		}
		for _, s := range f.Samples {
			m, err := prometheus.NewConstMetric(desc, kind, s.Value, s.Labels...)
			if err != nil {
				m = prometheus.NewInvalidMetric(desc, err)
			}
			to <- m
		}
	}
}

// Handler answers a scrape.
func Handler(source metrics.Source) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(NewCollector(source), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}
