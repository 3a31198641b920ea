package apiserver

import (
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// listOptions reads and validates the query of a list or watch with Kubernetes' own rules.
func (c *call) listOptions() (*internalversion.ListOptions, error) {
	opts := &internalversion.ListOptions{}
	err := scheme.ParameterCodec.DecodeParameters(c.r.URL.Query(), metav1.SchemeGroupVersion, opts)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	streaming := !c.opts.NoStreamingLists && !c.fault.NoStreamingList
	internalversion.SetListOptionsDefaults(opts, streaming)
	if errs := validation.ValidateListOptions(opts, streaming); len(errs) > 0 {
		return nil, apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "ListOptions"}, "", errs)
	}
	return opts, nil
}

// selection is what a list or watch is about.
type selection struct {
	def       store.Type
	namespace string
	labels    labels.Selector
	fields    fields.Selector
}

func (c *call) selection(opts *internalversion.ListOptions, def store.Type) (selection, error) {
	s := selection{def: def, namespace: c.target.namespace, labels: opts.LabelSelector, fields: opts.FieldSelector}
	if s.labels == nil {
		s.labels = labels.Everything()
	}
	if s.fields == nil {
		s.fields = fields.Everything()
	}
	for _, requirement := range s.fields.Requirements() {
		if err := selectable(requirement.Field, def); err != nil {
			return selection{}, apierrors.NewBadRequest(err.Error())
		}
	}
	return s, nil
}

func selectable(field string, def store.Type) error {
	_, ok := def.Field(field)
	if ok || field == "metadata.name" || field == "metadata.namespace" && def.Namespaced {
		return nil
	}
	return fmt.Errorf("field label not supported: %s", field)
}

// everything reports whether no selector narrows the selection.
func (s selection) everything() bool { return s.labels.Empty() && s.fields.Empty() }

// matches reports whether the object is selected; nil never is.
func (s selection) matches(o *store.Object) bool {
	return o != nil &&
		(s.namespace == "" || s.namespace == o.Namespace) &&
		(s.labels.Empty() || s.labels.Matches(labels.Set(o.Labels))) &&
		(s.fields.Empty() || s.fields.Matches(objectFields{o, s.def}))
}

// objectFields shows an object to a field selector.
type objectFields struct {
	object *store.Object
	def    store.Type
}

func (f objectFields) Has(string) bool { return true } // only selectable fields are asked for

func (f objectFields) Get(label string) string {
	switch label {
	case "metadata.name":
		return f.object.Name
	case "metadata.namespace":
		return f.object.Namespace
	}
	field, _ := f.def.Field(label)
	return f.object.Field(field)
}
