package cluster

import utilruntime "k8s.io/apimachinery/pkg/util/runtime"

// guarded hands f's panics to Kubernetes' panic handlers, which restore the
// terminal; errgroup does not.
func guarded(f func()) func() error {
	return func() error {
		defer utilruntime.HandleCrash()
		f()
		return nil
	}
}
