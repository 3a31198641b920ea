package player

import (
	"fmt"
	"iter"
	"strings"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// Parts are the recording's parts, in the order of time.
func (p *Player) Parts() []playback.Part {
	parts := make([]playback.Part, len(p.parts))
	for i, s := range p.parts {
		parts[i] = playback.Part{Begin: s.At, Continues: s.Continues}
	}
	return parts
}

// Retell tells what watches of the scopes were told in a part: first what was there, then what changed. It has nothing to do with the place
// that is played, and is safe for concurrent use.
func (p *Player) Retell(part int, scopes []playback.Scope) iter.Seq[playback.Told] {
	return func(yield func(playback.Told) bool) {
		r := retelling{player: p, wanted: scopes, served: tables{}, told: playback.Told{Spot: playback.Spot{Part: part}}, yield: yield}
		r.reader.note = p.note
		r.tell(p.parts[part])
	}
}

// retelling tells one part.
type retelling struct {
	player *Player
	wanted []playback.Scope
	served tables // which have no objects
	scopes map[recording.TypeName][]retold
	reader lineReader
	told   playback.Told
	yield  func(playback.Told) bool
}

// retold is a scope of a type that is served.
type retold struct {
	*apiserver.Scope
	index     int
	namespace string
	def       store.Type
	typ       *recording.Type
}

func (r *retelling) tell(p part) {
	r.scopes, r.told.At = map[recording.TypeName][]retold{}, p.At
	stated := false
	if !r.declare(p.Types, false) {
		return
	}
	for line, err := range p.lines() {
		if err != nil {
			p.tell(r.player.note, err)
			break
		}
		if !stated && line.Kind != recording.Present {
			if stated = true; !r.state() {
				return
			}
		}
		if !r.line(line) {
			return
		}
	}
	if !stated {
		r.state()
	}
}

// line tells what a line does, and whether more is wanted.
func (r *retelling) line(line *recording.Line) bool {
	if line.Kind != recording.Present { // which may be dated earlier, by the recording that it was cut out of
		r.told.At = line.At
	}
	if changes(line.Kind) {
		r.told.Spot.Changes++
	}
	if line.Kind == recording.Served {
		e, err := line.Entry()
		if err != nil {
			r.player.note(err)
			return true
		}
		return r.declare(e.Types, true)
	}
	scopes := r.scopes[line.Type]
	if len(scopes) == 0 {
		return true
	}
	c, ok := r.reader.change(r.served, line)
	for i := 0; ok && i < len(scopes); i++ {
		if !r.change(&scopes[i], c, line.Kind) {
			return false
		}
	}
	return true
}

// change tells a scope of a change.
func (r *retelling) change(s *retold, c change, kind recording.Kind) bool {
	if namespace, _, ok := strings.Cut(c.key, "/"); s.namespace != "" && (!ok || namespace != s.namespace) {
		return true
	}
	verb := playback.Became
	switch {
	case kind == recording.Deleted:
		verb = playback.Went
	case !r.matches(s, c):
		verb = playback.Left
	case kind == recording.Present:
		verb = playback.Present
	}
	cells, err := s.CellsAt(r.told.At, c.cells)
	if err != nil {
		r.player.note(err)
		return true
	}
	return r.say(s.index, verb, s.typ, cells, c.json)
}

func (r *retelling) matches(s *retold, c change) bool {
	if s.IsWhole() {
		return true
	}
	read, err := store.Read(s.def, []store.Item{{JSON: c.json}})
	return err == nil && s.Matches(read[0])
}

func (r *retelling) say(scope int, verb playback.Verb, def *recording.Type, cells, object []byte) bool {
	told := r.told
	told.Scope, told.Verb, told.Type, told.Cells, told.Object = scope, verb, def, cells, object
	return r.yield(told)
}

// state tells all scopes that what is there has been told.
func (r *retelling) state() bool {
	for _, scopes := range r.scopes {
		for _, s := range scopes {
			if !r.say(s.index, playback.Stated, s.typ, nil, nil) {
				return false
			}
		}
	}
	return true
}

// declare takes in which types are served from now on. Those that come later come without objects.
func (r *retelling) declare(types []recording.Type, later bool) bool {
	came, gone, err := r.served.declare(types)
	if err != nil {
		r.player.note(err)
	}
	for _, t := range gone {
		for _, s := range r.scopes[t.def.Name] {
			if !r.say(s.index, playback.Unserved, nil, nil, nil) {
				return false
			}
		}
		delete(r.scopes, t.def.Name)
	}
	for _, t := range came {
		_, known := r.scopes[t.def.Name]
		r.scopes[t.def.Name] = r.scopesOf(t)
		for _, s := range r.scopes[t.def.Name] {
			if later && !known && !r.say(s.index, playback.Stated, s.typ, nil, nil) {
				return false
			}
		}
	}
	return true
}

// scopesOf are the scopes of a type.
func (r *retelling) scopesOf(t *table) []retold {
	var found []retold
	for i, w := range r.wanted {
		if recording.NameOf(w.Resource) != t.def.Name {
			continue
		}
		def, typ := storeType(t), t.def
		s, err := apiserver.NewScope(def, w.Namespace, w.LabelSelector, w.FieldSelector)
		if err != nil {
			r.player.note(fmt.Errorf("what changed in %s is not told: %w", w.Resource.GroupResource(), err))
			continue
		}
		if !t.def.Namespaced {
			w.Namespace = ""
		}
		found = append(found, retold{s, i, w.Namespace, def, &typ})
	}
	return found
}

// Spot is the place in the recording, behind all that is played.
func (p *Player) Spot() playback.Spot {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spot
}

// Follow has f called when Spot changes, on the goroutine that plays, until stop. f must not wait.
func (p *Player) Follow(f func()) (stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.followers[&f] = struct{}{}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.followers, &f)
	}
}

// reach publishes where the scene is.
func (p *Player) reach() {
	p.mu.Lock()
	at := playback.Spot{Part: p.scene.part, Changes: p.scene.changes}
	var told []func()
	if at != p.spot {
		p.spot = at
		for f := range p.followers {
			told = append(told, *f)
		}
	}
	p.mu.Unlock()
	for _, f := range told {
		f()
	}
}
