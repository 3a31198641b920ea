package informers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
)

// accept asks for rows, and takes plain objects from servers without Tables.
const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

var (
	errNoName    = errors.New("the server sent an object without a name")
	errNoList    = errors.New("the server answered with JSON that is no list of objects")
	errDeep      = errors.New("the server sent JSON that is too deep")
	errLong      = fmt.Errorf("the server sent a value of more than %d bytes, which no API server does", longest)
	errNoColumns = errors.New("the server sent rows before it said what their columns are")
)

// decoder turns a server's JSON into objects, in one pass and without holding
// more than one value at a time. It belongs to one session and is used by one
// goroutine at a time.
type decoder struct {
	typ       Type
	packer    *model.Packer
	health    model.Judge
	redact    redactor
	marks     *Marks
	now       func() time.Time // dates the cells
	whole     bool             // managedFields stay where they are
	managed   bool             // who asks for them gets managedFields of what changes
	onColumns func(*model.Columns)
	// onOdd is called for a row whose cells are not as many as the columns.
	onOdd func()
	// held gives the object of a key that is there already.
	held func(model.Key) (*model.Object, bool)

	rooms  *rooms
	layout *layout
	words  words
	labels map[string]model.LabelSet

	// The row that is being read: its cells as they came, and as they are shown.
	parts          parts
	cells, printed []string
}

func newDecoder(w *Watch, t Type) *decoder {
	return &decoder{
		typ:       t,
		packer:    w.packer,
		health:    w.opts.Health(schema.GroupKind{Group: t.GVR.Group, Kind: t.Kind}),
		redact:    redactorFor(t, w.opts.Redact),
		marks:     w.opts.Marks,
		whole:     w.whole.Load(),
		managed:   w.opts.ManagedFields,
		now:       w.opts.Now,
		onColumns: func(c *model.Columns) { w.setColumns(t.GVR, c) },
		rooms:     &w.cluster.rooms,
		layout:    &layout{columns: w.columnsOf(t.GVR)},
	}
}

// page is what a list says of itself.
type page struct {
	ResourceVersion    string `json:"resourceVersion"`
	Continue           string `json:"continue"`
	RemainingItemCount *int64 `json:"remainingItemCount"`
}

// list reads one page of a list, a Table or a plain one. begin is called when
// the page's metadata is known, each with every object as it is decoded.
func (d *decoder) list(body io.Reader, begin func(page), each func(*model.Object)) (page, error) {
	in := inputOf(body, d.rooms)
	defer in.leave()
	if d.hides() {
		s := sealed{body: body}
		value, err := s.next()
		if err != nil {
			return page{}, fmt.Errorf("read the list: %w", err)
		}
		in = d.unseal(value)
		defer s.wipe()
		defer d.forget()
	}
	return d.pageOf(in, begin, each)
}

// pageOf is list of what a decoder reads.
func (d *decoder) pageOf(in *input, begin func(page), each func(*model.Object)) (page, error) {
	var p page
	doc := document{
		decoder: d,
		in:      in,
		list:    true,
		head: func(value jsontext.Value) error {
			if err := json.Unmarshal(value, &p); err != nil {
				return fmt.Errorf("metadata: %w", err)
			}
			begin(p)
			return nil
		},
		each: func() error {
			o, err := d.build(false, false)
			if err == nil {
				each(o)
			}
			return err
		},
	}
	if err := doc.read(); err != nil {
		return page{}, fmt.Errorf("read the list: %w", err)
	}
	if !doc.complete {
		return page{}, fmt.Errorf("read the list: %w", errNoList)
	}
	return p, nil
}

func (d *decoder) row(in *input) error {
	d.parts.reset()
	d.cells = d.cells[:0]
	return members(in, func(name []byte) error {
		switch string(name) {
		case `"cells"`:
			return elements(in, func() error {
				value, err := in.value()
				d.cells = append(d.cells, d.words.of(value))
				return err
			})
		case `"object"`:
			return d.parts.read(d, in)
		}
		return in.skip()
	})
}

func (d *decoder) readColumns(in *input) error {
	if in.kind() == 'n' {
		return in.skip() // the same as in the event before
	}
	value, err := in.value()
	if err != nil {
		return err
	}
	var defs []metav1.TableColumnDefinition
	if err := json.Unmarshal(value, &defs); err != nil {
		return fmt.Errorf("read the columns: %w", err)
	}
	d.setLayout(tableLayout(d.typ.GVR.GroupResource(), defs))
	return nil
}

// usePlainLayout prepares for an object that comes without cells.
func (d *decoder) usePlainLayout() {
	if !d.layout.plain {
		d.setLayout(plainLayout())
	}
	d.cells = d.cells[:0]
}

// setLayout takes new columns, unless they are as before: those who draw
// compare pointers.
func (d *decoder) setLayout(l *layout) {
	if l.sameColumns(d.layout) {
		l.columns = d.layout.columns
		d.layout = l
		return
	}
	d.layout = l
	d.onColumns(l.columns)
}

// build makes the object of what was read. managed tells whether the object
// carries its managedFields, as it does where it changes one that is held; next that it is the next version of that.
func (d *decoder) build(managed, next bool) (*model.Object, error) {
	p := &d.parts
	if p.key.Name == "" {
		return nil, errNoName
	}
	if d.layout.dates == nil {
		return nil, errNoColumns
	}
	old, ok := d.held(p.key)
	switch {
	case !ok:
		old = nil
	case d.isSame(old):
		return old, nil
	}
	text, hidden, err := d.redact.apply(p.json, d.marks, string(p.uid))
	defer hidden.wipe()
	if err != nil {
		return nil, fmt.Errorf("mask %s: %w", p.key, err)
	}
	o := &model.Object{
		Key:             p.key,
		UID:             p.uid,
		ResourceVersion: p.resourceVersion,
		Created:         p.created,
		Received:        d.now().Unix(),
		Deleting:        p.deleting,
		Columns:         d.columns(),
		Labels:          p.labels,
		Whole:           d.whole,
	}
	text = validUTF8(text)
	d.printed = d.layout.cells(d.printed[:0], d.cells, o, text, &d.words)
	o.Cells = d.printed
	hidden.maskCells(o, &d.words)
	share(o, old)
	d.judge(o, old, p.known(text), next)
	if (managed || d.managed && old != nil) && len(p.managed) > 0 && !hidden.within(p.managed) {
		o.SetManagedFields(validUTF8(p.managed), p.known(text).Ends)
	}
	o.SetJSON(d.packer, text)
	return o, nil
}

// columns are those of the row that was read. A row that does not fit them gets columns of its own, so that the same version
// takes its place as soon as it is printed as it should be.
func (d *decoder) columns() *model.Columns {
	columns := d.layout.columns
	if d.layout.plain || len(d.cells) == len(columns.List) {
		return columns
	}
	if d.onOdd != nil {
		d.onOdd()
	}
	return &model.Columns{List: columns.List}
}

// isSame tells whether the object that was read is held already, as nearly all are when a list is read again: the store would
// not take another one in its place.
func (d *decoder) isSame(old *model.Object) bool {
	p := &d.parts
	return old.UID == p.uid && old.ResourceVersion == p.resourceVersion && old.Columns == d.layout.columns &&
		(old.Whole || !d.whole)
}

// share lets an object have what it has in common with the version before it, and with itself: nothing is kept twice. Cells are
// copied where they differ.
func share(o, old *model.Object) {
	if old != nil && old.Key == o.Key && old.UID == o.UID {
		o.Key, o.UID = old.Key, old.UID
		if slices.Equal(old.Cells, o.Cells) {
			o.Cells = old.Cells
			return
		}
	}
	o.Cells = slices.Clone(o.Cells)
	for i, cell := range o.Cells {
		if cell == o.Name {
			o.Cells[i] = o.Name
		}
	}
}

// labelSet reads labels. Siblings have the same, so few are ever made.
func (d *decoder) labelSet(value jsontext.Value) (model.LabelSet, error) {
	if set, ok := d.labels[string(value)]; ok {
		return set, nil
	}
	var pairs map[string]string
	if err := json.Unmarshal(value, &pairs); err != nil {
		return model.LabelSet{}, fmt.Errorf("read labels: %w", err)
	}
	if d.labels == nil || len(d.labels) >= maxWords {
		d.labels = map[string]model.LabelSet{}
	}
	set := model.MakeLabelSet(pairs)
	d.labels[string(value)] = set
	return set, nil
}
