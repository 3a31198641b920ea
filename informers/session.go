package informers

// ending says why a session ended, unless its watch did.
type ending uint8

const (
	// endExpired: the watch cannot be resumed; a new list is needed.
	endExpired ending = iota
	// endGone: the type is not served.
	endGone
)

// session is the life of one informer.
type session struct {
	watch *Watch
	typ   Type
}

func newSession(w *Watch, t Type) *session { return &session{watch: w, typ: t} }

func (s *session) run() ending {
	<-s.watch.ctx.Done()
	return endExpired
}
