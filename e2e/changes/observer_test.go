package changes

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/faults"
	"github.com/dogwatch/dogwatch/model"
)

// sight is one event as an independent client saw it.
type sight struct {
	deleted bool
	object  metav1.PartialObjectMetadata
	row     metav1.TableRow
}

// id tells an event from all others of its type. That of a deletion has a version that dogwatch does not tell.
func (s *sight) id() string {
	if s.deleted {
		return "deleted " + string(s.object.UID)
	}
	return string(s.object.UID) + " at " + s.object.ResourceVersion
}

// observer is the independent client of one type: a list and a watch, read with encoding/json, and nothing of dogwatch.
type observer struct {
	client  rest.Interface
	path    string
	columns []metav1.TableColumnDefinition
	version string
	first   []sight

	mu     sync.Mutex
	sights []sight
	err    error // why it sees nothing any more
}

// observe begins to see a type, until the end of the test.
func observe(t *testing.T, path string) *observer {
	t.Helper()
	client, err := kubernetes.NewForConfig(cluster.RESTConfig(controlplane.Admin))
	if err != nil {
		t.Fatal(err)
	}
	o := &observer{client: client.CoreV1().RESTClient(), path: path}
	body, err := o.request().DoRaw(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if o.first, err = o.read(body); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	events, err := o.request().Param("watch", "1").Param("resourceVersion", o.version).Stream(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() { o.follow(events) })
	t.Cleanup(func() {
		cancel()
		_ = events.Close()
		reading.Wait()
	})
	return o
}

func (o *observer) request() *rest.Request {
	return o.client.Get().AbsPath(o.path).Param("includeObject", string(metav1.IncludeObject)).
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
}

// read reads the rows of a Table.
func (o *observer) read(body []byte) ([]sight, error) {
	var table metav1.Table
	if err := json.Unmarshal(body, &table); err != nil {
		return nil, err
	}
	if table.ColumnDefinitions != nil {
		o.columns = table.ColumnDefinitions
	}
	o.version = table.ResourceVersion
	sights := make([]sight, len(table.Rows))
	for i, row := range table.Rows {
		sights[i].row = row
		if err := json.Unmarshal(row.Object.Raw, &sights[i].object); err != nil {
			return nil, err
		}
	}
	return sights, nil
}

func (o *observer) follow(events io.Reader) {
	in := json.NewDecoder(events)
	for {
		var event struct {
			Type   string
			Object json.RawMessage
		}
		err := in.Decode(&event)
		var sights []sight
		if err == nil {
			sights, err = o.read(event.Object)
		}
		if err == nil && len(sights) != 1 {
			err = fmt.Errorf("%s of %d rows", event.Type, len(sights))
		}
		o.mu.Lock()
		if err != nil {
			o.err = fmt.Errorf("watching %s: %w", o.path, err)
			o.mu.Unlock()
			return
		}
		sights[0].deleted = event.Type == "DELETED"
		o.sights = append(o.sights, sights[0])
		o.mu.Unlock()
	}
}

// seen are the events so far.
func (o *observer) seen() ([]sight, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sights[:len(o.sights):len(o.sights)], o.err
}

// state is what there was after so many events: the rows, and the JSON of each object.
func (o *observer) state(n int) (faults.Rows, map[model.Key][]byte, error) {
	last := map[model.Key]*sight{}
	for i := range o.first {
		last[keyOf(&o.first[i])] = &o.first[i]
	}
	sights, _ := o.seen()
	for i := range sights[:n] {
		last[keyOf(&sights[i])] = &sights[i]
	}
	rows, bodies := faults.Rows{}, map[model.Key][]byte{}
	for key, s := range last {
		if s.deleted {
			continue
		}
		if err := rows.Read(o.columns, []metav1.TableRow{s.row}); err != nil {
			return nil, nil, err
		}
		bodies[key] = s.row.Object.Raw
	}
	return rows, bodies, nil
}

func keyOf(s *sight) model.Key {
	return model.Key{Namespace: s.object.Namespace, Name: s.object.Name}
}
