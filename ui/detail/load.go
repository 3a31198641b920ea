package detail

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
)

// key names one version of one object in one form.
type key struct {
	id      model.RowID
	version string
	managed bool
}

// job is one load that is under way.
type job struct {
	key    key
	cancel context.CancelFunc
}

// loadedMsg is the outcome of a job.
type loadedMsg struct {
	job     *job
	kind    string
	doc     *yamldoc.Document
	changes yamldoc.Changes
	query   yamldoc.Query
	hits    []int
	err     error
}

// Show asks for an object, or a newer version of the one that is shown; what
// is shown already costs nothing, so it may be called on each frame. The old
// document stays until the new one is there. ctx ends the load.
func (m *Model) Show(ctx context.Context, o Object) tea.Cmd {
	if o.ID == m.want.ID && o.ResourceVersion == m.want.ResourceVersion {
		return nil
	}
	if o.ID != m.want.ID {
		m.ForgetRevealed()
	}
	m.deleted = deleted{}
	m.touch()
	m.want, m.loadCtx = o, ctx
	return m.load(ctx)
}

func (m *Model) wanted() key {
	return key{m.want.ID, m.want.ResourceVersion, m.managed}
}

// load starts the load of what is wanted. While one is under way the next
// waits for it to come back: under churn the pane shows every version that it
// has time for, and never has two at work.
func (m *Model) load(ctx context.Context) tea.Cmd {
	if m.job != nil {
		if m.job.key.id != m.want.ID || m.job.key.managed != m.managed {
			m.job.cancel()
		}
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	m.job = &job{key: m.wanted(), cancel: cancel}
	return m.run(ctx, m.job)
}

// run is the command that does a job's work.
func (m *Model) run(ctx context.Context, j *job) tea.Cmd {
	object, query := m.want, m.query
	var old *yamldoc.Document
	if m.shown.key.id == j.key.id && m.shown.key.managed == j.key.managed {
		old = m.shown.doc
	}
	return func() tea.Msg {
		defer j.cancel()
		msg := loadedMsg{job: j, kind: object.Kind, query: query}
		if msg.doc, msg.err = build(ctx, object, j.key.managed); msg.err != nil {
			return msg
		}
		if old != nil {
			msg.changes = msg.doc.Compare(old)
		}
		msg.hits = msg.doc.Search(ctx, query)
		return msg
	}
}

func build(ctx context.Context, o Object, managed bool) (*yamldoc.Document, error) {
	object, err := o.Load(ctx, managed)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", o.ID.Key, err)
	}
	return yamldoc.New(object, managed)
}

// loaded takes the outcome of a job, and starts the next if more is wanted by
// now.
func (m *Model) loaded(msg loadedMsg) tea.Cmd {
	if msg.job != m.job {
		return nil
	}
	m.job = nil
	if msg.job.key.id == m.want.ID && msg.job.key.managed == m.managed {
		m.take(msg)
	}
	switch {
	case m.want.Load == nil:
		return nil
	case m.wanted() != msg.job.key:
		return m.load(m.loadCtx)
	case msg.query.String() != m.query.String(): // changed meanwhile
		return m.search(m.loadCtx)
	default:
		return nil
	}
}

// take puts a document on screen. The cursor goes to the line that stands for
// the same as before, and stays where it is on the screen: also from one object
// to the next, so that one field of many objects can be looked through.
func (m *Model) take(msg loadedMsg) {
	id := msg.job.key.id
	if m.shown.key.id != id {
		m.ForgetRevealed() // what is revealed is of the object that goes
	}
	if msg.err != nil {
		if m.shown.key.id != id {
			m.shown = shown{key: msg.job.key, kind: msg.kind}
		}
		m.shown.problem = msg.err.Error()
		m.keepInSight()
		return
	}
	line, offset := 0, m.cursor-m.top
	if old := m.shown.doc; old != nil && m.reveal.doc == nil {
		line = msg.doc.Find(&old.Lines[m.cursor])
	}
	if m.shown.key.id != id {
		m.left = 0
	}
	m.shown = shown{doc: msg.doc, key: msg.job.key, kind: msg.kind, changes: msg.changes}
	m.hits = msg.hits
	if m.reveal.doc != nil {
		return // the place is one of what is revealed, until that is forgotten
	}
	m.top = line - offset
	m.moveTo(line)
}

// toggleManaged shows or hides metadata.managedFields.
func (m *Model) toggleManaged() tea.Cmd {
	m.managed = !m.managed
	m.touch()
	if m.want.Load == nil {
		return nil
	}
	return m.load(m.loadCtx)
}

// stop ends the load that is under way.
func (m *Model) stop() {
	if m.job != nil {
		m.job.cancel()
		m.job = nil
	}
}
