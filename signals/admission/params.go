package admission

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/relation"
)

// with is an object of parameters by which a policy is applied.
type with struct {
	text []byte // without the version, which tells no more than that something was written; nil for none
	name string // for the rule's name, empty where there is only one
	// namespace is where it is applied, "" for everywhere; notIn is where not.
	namespace string
	notIn     []string
	missing   string
}

const resourceVersion = change.Path("metadata.resourceVersion")

const notFound = "the policy's parameters are not there, without which it admits nothing"

// parameters are the objects by which a policy is applied: one that is nothing where it needs none.
func (p *Policies) parameters(policy *admissionv1.ValidatingAdmissionPolicy, binding *admissionv1.ValidatingAdmissionPolicyBinding) ([]with, error) {
	kind, ref := policy.Spec.ParamKind, binding.Spec.ParamRef
	if kind == nil || ref == nil {
		return []with{{}}, nil
	}
	gv, err := schema.ParseGroupVersion(kind.APIVersion)
	if err != nil {
		return nil, fmt.Errorf("its paramKind: %w", err)
	}
	if gv.Group == "" && kind.Kind == "Secret" {
		return nil, errors.New("its parameters are Secrets, whose values are not kept")
	}
	of, ok := p.cluster.Kind(schema.GroupKind{Group: gv.Group, Kind: kind.Kind})
	if !ok {
		p.unknown[schema.GroupResource{Group: gv.Group, Resource: strings.ToLower(kind.Kind)}.String()] = true
		return nil, fmt.Errorf("its parameters are objects of %s of %s, %w", kind.Kind, kind.APIVersion, ErrNotWatched)
	}
	p.params[of.GVR.GroupResource()] = true
	selector, err := selectorOf(ref)
	if err != nil {
		return nil, err
	}
	all, err := p.found(of, ref, selector)
	if err != nil {
		return nil, err
	}
	denies := ref.ParameterNotFoundAction != nil && *ref.ParameterNotFoundAction == admissionv1.DenyAction &&
		(policy.Spec.FailurePolicy == nil || *policy.Spec.FailurePolicy == admissionv1.Fail)
	ofObject := of.Namespaced && ref.Namespace == "" // each object is judged by those in its own namespace
	if denies && (ofObject || len(all) == 0) {
		missing := with{missing: notFound, name: "no parameters"}
		for i := range all {
			missing.notIn = append(missing.notIn, all[i].namespace)
		}
		all = append(all, missing)
	}
	return all, nil
}

// found are the objects of parameters that there are.
func (p *Policies) found(of relation.Type, ref *admissionv1.ParamRef, selector labels.Selector) ([]with, error) {
	var all []with
	for _, id := range p.cluster.Objects([]schema.GroupResource{of.GVR.GroupResource()}) {
		if ref.Name != "" && id.Name != ref.Name || ref.Namespace != "" && id.Namespace != ref.Namespace {
			continue
		}
		text := p.cluster.Object(id)
		var object metav1.PartialObjectMetadata
		if err := json.Unmarshal(text, &object); err != nil {
			return nil, fmt.Errorf("reading its parameters %s: %w", id.Key, err)
		}
		if !selector.Matches(labels.Set(object.Labels)) {
			continue
		}
		one := with{text: change.Remove(bytes.Clone(text), resourceVersion.Steps()), name: id.String()}
		if of.Namespaced && ref.Namespace == "" {
			one.namespace = id.Namespace
		}
		all = append(all, one)
	}
	return all, nil
}

func selectorOf(ref *admissionv1.ParamRef) (labels.Selector, error) {
	if ref.Selector == nil {
		return labels.Everything(), nil
	}
	selector, err := metav1.LabelSelectorAsSelector(ref.Selector)
	if err != nil {
		return nil, fmt.Errorf("the selector of its parameters: %w", err)
	}
	return selector, nil
}
