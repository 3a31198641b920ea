package workload_test

import (
	"context"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// watchFunc opens a watch, as a typed client's method does.
type watchFunc func(context.Context, metav1.ListOptions) (watch.Interface, error)

// churned runs churn until the watch, which takes the selector, has seen some changes. Churn must end with its
// context and report no failure.
func churned(t *testing.T, open watchFunc, selector string, churn func(context.Context, func(error))) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	changes, err := open(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		t.Fatal(err)
	}
	defer changes.Stop()

	churnContext, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { churn(churnContext, func(err error) { t.Errorf("churning: %v", err) }) })
	seen := 0
	for event := range changes.ResultChan() { // closed when ctx ends
		if event.Type == watch.Modified || event.Type == watch.Deleted {
			seen++
		}
		if seen == 5 {
			break
		}
	}
	stop()
	running.Wait()
	if seen < 5 {
		t.Errorf("the watch saw %d changes", seen)
	}
}
