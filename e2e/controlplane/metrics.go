package controlplane

import (
	"bytes"
	"context"
	"fmt"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Metrics are the API server's metrics at one moment, by name.
type Metrics map[string]*dto.MetricFamily

// Metrics reads the API server's metrics.
func (c *ControlPlane) Metrics(ctx context.Context) (Metrics, error) {
	client, err := c.Client()
	if err != nil {
		return nil, fmt.Errorf("reading the API server's metrics: %w", err)
	}
	text, err := client.Discovery().RESTClient().Get().AbsPath("/metrics").SetHeader("Accept", "text/plain").DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the API server's metrics: %w", err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	metrics, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("reading the API server's metrics: %w", err)
	}
	return metrics, nil
}

// Sum adds up the values of a counter's or gauge's series that carry all the labels.
func (m Metrics) Sum(name string, labels map[string]string) float64 {
	var sum float64
	for _, series := range m[name].GetMetric() {
		if carries(series, labels) {
			sum += series.GetGauge().GetValue() + series.GetCounter().GetValue() + series.GetUntyped().GetValue()
		}
	}
	return sum
}

// LongRunning returns how many long-running requests of a verb ("WATCH") are open on a resource (plural, lower
// case), whoever made them: the control plane's own controllers watch most of the built-in resources.
func (m Metrics) LongRunning(verb, resource string) int {
	return int(m.Sum("apiserver_longrunning_requests", map[string]string{"verb": verb, "resource": resource}))
}

// carries says whether the series has all the labels with these values.
func carries(series *dto.Metric, labels map[string]string) bool {
	found := 0
	for _, label := range series.GetLabel() {
		if want, ok := labels[label.GetName()]; ok && want == label.GetValue() {
			found++
		}
	}
	return found == len(labels)
}
