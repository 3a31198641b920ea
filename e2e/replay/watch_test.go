package replay

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
)

// watchPods are kubectl's arguments for watching all pods.
func watchPods() []string {
	return []string{"get", "pods", "-A", "--watch", "--output-watch-events", "-o", "json", "--show-managed-fields"}
}

// events reads what kubectl prints with these arguments, as far as it is printed.
func events(text string) ([]change, error) {
	var all []change
	in := json.NewDecoder(strings.NewReader(text))
	for {
		var e struct {
			Type   watch.EventType
			Object map[string]any
		}
		err := in.Decode(&e)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading what kubectl watched: %w", err)
		}
		all = append(all, change{e.Type, &unstructured.Unstructured{Object: e.Object}})
	}
}

// reached returns nil if kubectl has printed this resource version or a later one.
func reached(text string, version uint64) error {
	all, err := events(text)
	if err != nil {
		return err
	}
	for _, c := range all {
		if versionOf(c.object) >= version {
			return nil
		}
	}
	return fmt.Errorf("%d events, none with resource version %d", len(all), version)
}
