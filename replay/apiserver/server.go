package apiserver

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// Policy says whether a user may use a verb on a type in a namespace ("" for all namespaces and for cluster scope). It
// must be safe for concurrent use.
type Policy func(user, verb string, resource schema.GroupVersionResource, namespace string) bool

// Options of a Server. The zero value serves everything to everyone who can connect.
type Options struct {
	// Addr to listen on; a free port of 127.0.0.1 when empty.
	Addr string
	// Version that the server says it has; v1.37.2 when empty.
	Version string
	// RequireToken makes a random bearer token that every request must carry.
	RequireToken bool
	// Users are further tokens and whom they stand for.
	Users map[string]string
	// User is who comes with the server's own token, or with none; kubernetes-admin when empty.
	User string
	// Policy is asked for every get, list and watch and answers access reviews of reads; all is allowed when nil. Reviews of
	// what is no read deny it, with the ReadOnlyMessage.
	Policy Policy
	// IncompleteRules makes rules reviews say that they do not know all rules.
	IncompleteRules bool
	// NoStreamingLists refuses sendInitialEvents, as servers without the WatchList feature do.
	NoStreamingLists bool
	// NoAggregatedDiscovery answers discovery in the plain form only.
	NoAggregatedDiscovery bool
	// ReadOnlyMessage is why writes are refused and there are no logs; a general sentence when empty.
	ReadOnlyMessage string
	// BookmarkInterval between a watch's bookmarks; one minute when 0.
	BookmarkInterval time.Duration
	// WatchTimeout ends watches that name no timeoutSeconds; 30 minutes when 0.
	WatchTimeout time.Duration
	// Now is the clock that ages are printed by; time.Now when nil.
	Now func() time.Time
}

func (o Options) completed() Options {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Version == "" {
		o.Version = "v1.37.2"
	}
	if o.User == "" {
		o.User = "kubernetes-admin"
	}
	if o.Policy == nil {
		o.Policy = func(string, string, schema.GroupVersionResource, string) bool { return true }
	}
	if o.ReadOnlyMessage == "" {
		o.ReadOnlyMessage = "this API server is read-only"
	}
	if o.BookmarkInterval <= 0 {
		o.BookmarkInterval = time.Minute
	}
	if o.WatchTimeout <= 0 {
		o.WatchTimeout = 30 * time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Server serves a store. Make one with New; Close it whether it was started or not.
type Server struct {
	opts    Options
	token   string
	current atomic.Pointer[store.Store]
	faults  faults
	ledger  ledger

	ctx      context.Context // ends when the server closes
	cancel   context.CancelFunc
	handlers sync.WaitGroup // requests being answered

	mu       sync.Mutex // guards what follows
	closed   bool
	listener *listener
	untie    func() bool // from Start's context
}

// New makes a server that is not listening.
func New(st *store.Store, opts Options) *Server {
	s := &Server{opts: opts.completed()}
	s.current.Store(st)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if opts.RequireToken {
		s.token = randomToken()
	}
	return s
}

func randomToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Store is what is being served.
func (s *Server) Store() *store.Store { return s.current.Load() }

// SetStore serves another store from now on. Watches of the former end with 410 Expired.
func (s *Server) SetStore(st *store.Store) { s.current.Swap(st).Retire() }

// ExpireWatches ends every open watch with 410 Expired, and forgets the history before now.
func (s *Server) ExpireWatches() { s.Store().Expire() }

// Start listens and serves with TLS, HTTP/2 and 1.1, until ctx is done or Close is called. It returns when the server can
// be reached. It may be called once.
func (s *Server) Start(ctx context.Context) error {
	l, err := listen(ctx, s.opts.Addr, s.Handler())
	if err != nil {
		return fmt.Errorf("starting the API server: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.listener != nil {
		l.close()
		return errors.New("starting the API server: it was started or closed before")
	}
	s.listener = l
	s.untie = context.AfterFunc(ctx, func() {
		defer utilruntime.HandleCrash()
		_ = s.Close()
	})
	return nil
}

// Close ends all watches and stalled requests, closes all connections and waits for everything the server started.
// It may be called more than once and at the same time.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	l, untie := s.listener, s.untie
	s.mu.Unlock()
	s.cancel()
	if l != nil {
		untie()
		l.close()
	}
	s.handlers.Wait()
	return nil
}

// DropConnections closes every client's connection at once, in the middle of whatever it carries.
func (s *Server) DropConnections() {
	if l := s.listening(); l != nil {
		l.drop()
	}
}

func (s *Server) listening() *listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listener
}
