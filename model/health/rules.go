package health

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
)

// Rules are the rules for all types.
type Rules struct{}

// Judge tells how objects of one type are. It is safe for concurrent use.
type Judge struct{}

// Load reads rules from YAML.
func Load(yaml []byte) (*Rules, error) { return &Rules{}, nil }

// Builtin gives the rules that dogwatch comes with.
func Builtin() (*Rules, error) { return &Rules{}, nil }

// For gives the judge of a type.
func (r *Rules) For(gk schema.GroupKind) *Judge { return &Judge{} }

// Of tells how an object is, from its JSON.
func (j *Judge) Of(json []byte) model.Health { return model.Health{} }
