package apiserver

import (
	"cmp"
	"fmt"
	"mime"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// form is how objects are written in one answer.
type form struct {
	// as is "" for objects as they are, or Table, or PartialObjectMetadata (also for lists of it).
	as      string
	version string // of meta.k8s.io
	include metav1.IncludeObjectPolicy
	def     store.Type
}

const (
	asTable       = "Table"
	asPartial     = "PartialObjectMetadata"
	asPartialList = "PartialObjectMetadataList"
)

// negotiate chooses the first form that the client accepts and the type has.
func (c *call) negotiate(def store.Type) (form, error) {
	for _, cl := range acceptClauses(c.r.Header.Get("Accept")) {
		if !cl.json || !c.canWrite(cl, def) {
			continue
		}
		f := form{as: cl.params["as"], version: cl.params["v"], def: def}
		switch f.as {
		case asPartialList:
			f.as = asPartial
		case asTable:
			var err error
			if f.include, err = c.includeObject(); err != nil {
				return form{}, err
			}
		}
		return f, nil
	}
	return form{}, notAcceptable()
}

// includeObject reads how much of each object the rows of a Table are to carry.
func (c *call) includeObject() (metav1.IncludeObjectPolicy, error) {
	switch include := metav1.IncludeObjectPolicy(c.r.URL.Query().Get("includeObject")); include {
	case "":
		return metav1.IncludeMetadata, nil
	case metav1.IncludeNone, metav1.IncludeMetadata, metav1.IncludeObject:
		return include, nil
	default:
		return "", apierrors.NewBadRequest(fmt.Sprintf("Unable to convert to Table as requested: includeObject: "+
			"Invalid value: %q: must be 'Metadata', 'Object', 'None', or empty", include))
	}
}

// canWrite reports whether the clause's object form exists for this request.
func (c *call) canWrite(cl clause, def store.Type) bool {
	as, group, version := cl.params["as"], cl.params["g"], cl.params["v"]
	if as == "" {
		return group == "" && version == ""
	}
	if group != metav1.GroupName || (version != "v1" && version != "v1beta1") {
		return false
	}
	switch as {
	case asTable:
		return !def.NoTable && !c.fault.NoTable
	case asPartial:
		return c.target.verb != "list"
	case asPartialList:
		return c.target.verb == "list"
	}
	return false
}

// clause is one media range of an Accept header.
type clause struct {
	json   bool // the range covers application/json
	params map[string]string
	weight float64
}

// acceptClauses reads an Accept header, the most wanted first. What cannot be read is left out.
func acceptClauses(header string) []clause {
	if header == "" {
		return []clause{{json: true}}
	}
	var clauses []clause
	for part := range strings.SplitSeq(header, ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weight := 1.0
		if q, err := strconv.ParseFloat(params["q"], 64); err == nil {
			weight = q
		}
		json := media == contentJSON || media == "application/*" || media == "*/*"
		clauses = append(clauses, clause{json: json, params: params, weight: weight})
	}
	slices.SortStableFunc(clauses, func(a, b clause) int { return cmp.Compare(b.weight, a.weight) })
	return clauses
}
