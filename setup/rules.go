package setup

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/noise"
)

// builtinRules are the rules that dogwatch comes with. They are read beside the first question to the cluster, since reading them
// takes as long as its answer.
type builtinRules struct {
	health  func() (*health.Rules, error)
	noise   func() (*noise.Rules, error)
	reading sync.WaitGroup
	// server tells the time by the server's clock, which dates what is judged; nil before that is known.
	server atomic.Pointer[func() time.Time]
}

// goBy has health judged by the server's clock.
func (r *builtinRules) goBy(server func() time.Time) { r.server.Store(&server) }

func (r *builtinRules) now() time.Time {
	if server := r.server.Load(); server != nil {
		return (*server)()
	}
	return time.Now()
}

// readRules begins to read. now is by which clock health is judged, nil for the server's. wait must follow.
func readRules(now func() time.Time) *builtinRules {
	r := &builtinRules{noise: sync.OnceValues(noise.Builtin)}
	if now == nil {
		now = r.now
	}
	r.health = sync.OnceValues(func() (*health.Rules, error) {
		rules, err := health.Builtin()
		if err == nil {
			rules = rules.At(now)
		}
		return rules, err
	})
	r.reading.Go(func() {
		defer utilruntime.HandleCrash()
		_, _ = r.noise()
		_, _ = r.health()
	})
	return r
}

// wait waits until they are read, and says what is wrong with them.
func (r *builtinRules) wait() error {
	r.reading.Wait()
	_, healthErr := r.health()
	_, noiseErr := r.noise()
	return errors.Join(healthErr, noiseErr)
}

// judge lets watches judge the health of a type's objects. It waits until the rules are read.
func (r *builtinRules) judge(gk schema.GroupKind) model.Judge {
	rules, err := r.health()
	if err != nil {
		return nil // wait tells of it
	}
	return rules.For(gk)
}

// noise gives the rules of which changes mean nothing: the user's before those that dogwatch comes with.
func (o *Options) noise(from *builtinRules) (*noise.Rules, error) { return o.addNoise(from.noise()) }

// NoiseRules are the rules of which changes mean nothing, for who tells changes: the user's before those that dogwatch comes with.
func (o *Options) NoiseRules() (*noise.Rules, error) { return o.addNoise(noise.Builtin()) }

func (o *Options) addNoise(rules *noise.Rules, err error) (*noise.Rules, error) {
	if err != nil {
		return nil, fmt.Errorf("telling noise: %w", err)
	}
	if o.Config.Noise != nil {
		rules = o.Config.Noise.Before(rules)
	}
	return rules, nil
}
