package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
)

// Patience is how long the oracle waits for what takes seconds on an idle machine. It is more than the longest pause
// between two tries.
const Patience = 2 * time.Minute

// Oracle knows what is true: it asks the server itself, past whatever a test has put in front of it. It may be used by
// many goroutines.
type Oracle struct {
	client rest.Interface
	// patience is Patience, but for a test that needs more.
	patience time.Duration
}

// NewOracle makes an oracle that asks the server as a user who may list everything.
func NewOracle(server *rest.Config) (*Oracle, error) {
	client, err := kubernetes.NewForConfig(server)
	if err != nil {
		return nil, fmt.Errorf("making the oracle's client: %w", err)
	}
	return &Oracle{client.CoreV1().RESTClient(), Patience}, nil
}

// Converge waits until all that d watches is live and equals fresh lists, and returns how long that took from a moment.
// When patience is at its end it fails the test with the divergence. Nothing else may change the server's objects
// meanwhile: the two are read one after the other.
func (o *Oracle) Converge(tb testing.TB, d *Dogwatch, from time.Time) time.Duration {
	tb.Helper()
	var divergence error
	await.Success(tb, o.patience, "dogwatch to hold what the server has", func(ctx context.Context) error {
		// A comparison that the end of patience cut off says nothing.
		if err := o.compareAll(ctx, d); err == nil || ctx.Err() == nil || divergence == nil {
			divergence = err
		}
		return divergence
	})
	return time.Since(from)
}

func (o *Oracle) compareAll(ctx context.Context, d *Dogwatch) error {
	watches := d.Watches()
	if len(watches) < d.types {
		return fmt.Errorf("there are %d watches of %d types", len(watches), d.types)
	}
	var errs []error
	for _, w := range watches {
		errs = append(errs, o.Compare(ctx, w))
	}
	return errors.Join(errs...)
}

// Compare returns an error that says in what a watch differs from a fresh list, if it does, or that it is not live.
func (o *Oracle) Compare(ctx context.Context, w *informers.Watch) error {
	if s := w.State(); s.Phase != informers.Live {
		return fmt.Errorf("%s is %s: %s", w.Identity(), s.Phase, s.Reason)
	}
	fresh, err := o.Rows(ctx, w)
	if err != nil {
		return err
	}
	if err := Held(w.Store()).Difference(fresh); err != nil {
		return fmt.Errorf("%s: %w", w.Identity(), err)
	}
	return nil
}

// Rows lists what the server has of a watch's type, namespace and selectors, as the Table that kubectl prints.
func (o *Oracle) Rows(ctx context.Context, w *informers.Watch) (Rows, error) {
	id := w.Identity()
	query := url.Values{"limit": {"500"}, "includeObject": {string(metav1.IncludeMetadata)}}
	for name, selector := range map[string]string{"labelSelector": id.LabelSelector, "fieldSelector": id.FieldSelector} {
		if selector != "" {
			query.Set(name, selector)
		}
	}
	rows := Rows{}
	var columns []metav1.TableColumnDefinition
	for {
		page, err := o.page(ctx, collection(w), query)
		if err != nil {
			return nil, fmt.Errorf("listing %s: %w", id, err)
		}
		if page.ColumnDefinitions != nil {
			columns = page.ColumnDefinitions
		}
		if err := rows.Read(columns, page.Rows); err != nil {
			return nil, fmt.Errorf("reading the list of %s: %w", id, err)
		}
		if page.Continue == "" {
			return rows, nil
		}
		query.Set("continue", page.Continue)
	}
}

func (o *Oracle) page(ctx context.Context, path string, query url.Values) (*metav1.Table, error) {
	request := o.client.Get().AbsPath(path).SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
	for name, values := range query {
		request.Param(name, values[0])
	}
	body, err := request.DoRaw(ctx)
	if err != nil {
		return nil, err
	}
	table := &metav1.Table{}
	return table, json.Unmarshal(body, table)
}

// collection is the path of what a watch lists, in the version that is served.
func collection(w *informers.Watch) string {
	t := w.State().Type
	path := "/apis/" + t.GVR.Group + "/" + t.GVR.Version
	if t.GVR.Group == "" {
		path = "/api/" + t.GVR.Version
	}
	if namespace := w.Identity().Namespace; namespace != "" && t.Namespaced {
		path += "/namespaces/" + namespace
	}
	return path + "/" + t.GVR.Resource
}

// Rows are what is compared of a type's objects.
type Rows map[model.Key]row

type row struct {
	uid     types.UID
	version string
	cells   string
}

// Held are the rows of a store.
func Held(store *model.Store) Rows {
	rows := Rows{}
	store.Each(func(o *model.Object) bool {
		rows.Hold(o)
		return true
	})
	return rows
}

// Hold takes the row of an object.
func (r Rows) Hold(o *model.Object) {
	cells := make([]string, len(o.Cells))
	for i, column := range o.Columns.List {
		isDate := column.Kind == model.Date || column.Kind == model.PrintedAge
		cells[i] = settled(column.Name, o.Cells[i], isDate)
	}
	r[o.Key] = row{o.UID, o.ResourceVersion, fmt.Sprintf("%q", cells)}
}

// Read takes the rows of a Table.
func (r Rows) Read(columns []metav1.TableColumnDefinition, rows []metav1.TableRow) error {
	for _, printed := range rows {
		var object metav1.PartialObjectMetadata
		if err := json.Unmarshal(printed.Object.Raw, &object); err != nil {
			return err
		}
		cells := make([]string, len(columns))
		for i, column := range columns {
			var text string
			if i < len(printed.Cells) && printed.Cells[i] != nil {
				text = fmt.Sprint(printed.Cells[i])
			}
			if column.Name == age { // dogwatch counts it from this moment
				text = strconv.FormatInt(object.GetCreationTimestamp().Unix(), 10)
			}
			cells[i] = settled(column.Name, text, column.Type == "date")
		}
		key := model.Key{Namespace: object.Namespace, Name: object.Name}
		r[key] = row{object.UID, object.ResourceVersion, fmt.Sprintf("%q", cells)}
	}
	return nil
}

const age = "Age"

var (
	// ages are columns that the server prints as an age at that moment, though it does not call them dates.
	ages = map[string]bool{"Last Seen": true, "First Seen": true, "Last Schedule": true, "Duration": true}
	// ago is the time since the last restart.
	ago = regexp.MustCompile(`\(\S+ ago\)`)
)

// settled is a cell with its column, without what changes while no object does.
func settled(column, cell string, isDate bool) string {
	if ages[column] || isDate && column != age {
		cell = "(age)"
	}
	return column + ": " + ago.ReplaceAllString(cell, "(ago)")
}

// Difference returns an error that counts in what rows are not as they should be, with an example of each kind.
func (r Rows) Difference(want Rows) error {
	var missing, surplus, different int
	var example string
	for key, w := range want {
		switch got, ok := r[key]; {
		case !ok:
			missing++
			example = fmt.Sprintf("%s is not there", key)
		case got != w:
			different++
			example = fmt.Sprintf("%s is %v and should be %v", key, got, w)
		}
	}
	for key := range r {
		if _, ok := want[key]; !ok {
			surplus++
			example = fmt.Sprintf("%s should not be there", key)
		}
	}
	if missing+surplus+different == 0 {
		return nil
	}
	return fmt.Errorf("%d rows are missing, %d too many, %d different: %s", missing, surplus, different, example)
}
