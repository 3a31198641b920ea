package informers

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
)

// Replica is filled with what a recording tells of a watch's type, and tells what the watch's store told, or would have: the same objects, of
// which the same is hidden, dated by the recording. It is for one goroutine.
type Replica struct {
	store   *model.Store
	packer  *model.Packer
	decoder *decoder
	clock   *dictated
	changes *model.Subscription
	wake    chan struct{}
	row     []byte
	// stated are the objects of a state that is told; nil while none is.
	stated map[model.Key]struct{}
}

// dictated is a clock that stands where it is put.
type dictated struct {
	clock.RealClock
	now time.Time
}

func (c *dictated) Now() time.Time { return c.now }

// capacity is how many changes may wait in a Replica: they are taken one by one.
const capacity = 64

// NewReplica makes an empty Replica of a type, as the watch would have it.
func (w *Watch) NewReplica(t Type) *Replica {
	r := &Replica{packer: model.NewPacker(), clock: &dictated{}, wake: make(chan struct{}, 1)}
	r.store = model.NewStore(model.WithClock(r.clock))
	r.changes = r.store.SubscribeManaged(r.wake, capacity)
	r.decoder = &decoder{
		typ: t, packer: r.packer, redact: redactorFor(t, w.opts.Redact), managed: w.opts.ManagedFields, now: r.clock.Now,
		onColumns: r.store.SetColumns, held: r.store.Get, layout: &layout{},
	}
	return r
}

// Print tells under which columns the type is printed from now on.
func (r *Replica) Print(columns []metav1.TableColumnDefinition) {
	r.decoder.setLayout(tableLayout(r.decoder.typ.GVR.GroupResource(), columns))
}

// State takes an object of a state that is told anew. Stated ends that.
func (r *Replica) State(at time.Time, cells, object []byte) error {
	if r.stated == nil {
		r.stated = map[model.Key]struct{}{}
	}
	o, err := r.read(at, cells, object, false)
	if err == nil {
		r.store.Apply(o)
		r.stated[o.Key] = struct{}{}
	}
	return err
}

// Stated tells that the state has no other objects.
func (r *Replica) Stated(at time.Time) {
	r.clock.now = at
	r.store.Retain(func(k model.Key) bool {
		_, ok := r.stated[k]
		return ok
	})
	r.stated = nil
}

// Put takes an object that came or changed.
func (r *Replica) Put(at time.Time, cells, object []byte) error {
	o, err := r.read(at, cells, object, true)
	if err == nil {
		r.store.Apply(o)
	}
	return err
}

// Delete takes the last version of an object that was deleted.
func (r *Replica) Delete(at time.Time, cells, object []byte) error {
	o, err := r.read(at, cells, object, true)
	if err == nil {
		r.store.Delete(o.Key, o)
	}
	return err
}

// Leave takes an object that is not among those of the watch any more. Servers tell of it as deleted: as it was, with the version of now.
func (r *Replica) Leave(at time.Time, cells, object []byte) error {
	o, err := r.read(at, cells, object, true)
	if err != nil {
		return err
	}
	held, ok := r.store.Get(o.Key)
	if !ok {
		return nil
	}
	text, err := held.JSON()
	if err == nil {
		text, err = withVersion(text, o.ResourceVersion)
	}
	if err != nil {
		return fmt.Errorf("%s is not selected any more: %w", o.Key, err)
	}
	last := &model.Object{
		Key: held.Key, UID: held.UID, ResourceVersion: o.ResourceVersion, Created: held.Created, Received: at.Unix(),
		Deleting: held.Deleting, Columns: held.Columns, Cells: held.Cells, Labels: held.Labels,
	}
	last.SetJSON(r.packer, text)
	r.store.Delete(last.Key, last)
	return nil
}

// Forget drops all objects, of which it is not known any more which there are.
func (r *Replica) Forget() { r.store.Forget() }

// Changes gives what has changed since it was called last, and is good until then.
func (r *Replica) Changes() []model.Delta { return r.changes.TryNext() }

// read makes an object as it comes from a server.
func (r *Replica) read(at time.Time, cells, object []byte, managed bool) (*model.Object, error) {
	r.clock.now = at
	r.row = append(r.row[:0], `{"object":`...)
	r.row = append(r.row, object...)
	if len(cells) > 0 {
		r.row = append(append(r.row, `,"cells":`...), cells...)
	}
	r.row = append(r.row, '}')
	d := r.decoder
	in := within(r.row)
	if d.hides() {
		in = d.unseal(r.row)
		defer d.forget()
		defer func() { clear(r.row[:cap(r.row)]) }()
	}
	if err := d.row(in); err != nil {
		return nil, fmt.Errorf("reading a recorded object: %w", err)
	}
	return d.build(managed, managed)
}

// withVersion gives an object's JSON with another resource version.
func withVersion(json []byte, version string) ([]byte, error) {
	path := change.Path("metadata.resourceVersion")
	quoted, err := jsontext.AppendQuote(nil, version)
	if err != nil {
		return nil, err
	}
	return change.Apply(json, []change.Change{{Path: path, Old: change.Find(json, path.Steps()), New: quoted}})
}
