package health

import (
	"encoding/json"
	"errors"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Cause tells among which objects those are that make an object unhealthy: of a kind, in its namespace, with labels that are selected.
type Cause struct {
	Kind     schema.GroupKind
	Selector labels.Selector
}

// causeRule is where an object has the selector of a Cause.
type causeRule struct {
	kind     schema.GroupKind
	selector path
}

var errNoCause = errors.New("want KIND by FIELD")

// parseCause reads "KIND by FIELD"; nothing is no cause.
func parseCause(s string) (*causeRule, error) {
	if s == "" {
		return nil, nil
	}
	words := strings.Fields(s)
	if len(words) != 3 || words[1] != "by" {
		return nil, errNoCause
	}
	field, err := parseTerm(words[2])
	if err != nil {
		return nil, err
	}
	if field.path == nil || field.path.isCondition() || field.path.isWritten() {
		return nil, errNoCause
	}
	return &causeRule{schema.ParseGroupKind(words[0]), field.path}, nil
}

// of reads the selector of an object; nil where it has none that selects some objects only.
func (c *causeRule) of(object []byte) *Cause {
	for _, name := range c.selector {
		if object = member(object, name); object == nil {
			return nil
		}
	}
	var text metav1.LabelSelector
	if err := json.Unmarshal(object, &text); err != nil {
		return nil
	}
	selector, err := metav1.LabelSelectorAsSelector(&text)
	if err != nil || selector.Empty() {
		return nil
	}
	return &Cause{c.kind, selector}
}
