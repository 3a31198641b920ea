package cluster

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// fakeReviews answers reviews and counts them.
type fakeReviews struct {
	mu         sync.Mutex
	rules      []authorizationv1.ResourceRule
	incomplete bool
	allow      func(*authorizationv1.ResourceAttributes) bool
	err        error
	rulesAsked int
	asked      []string
	busy, most int
}

func (f *fakeReviews) post(ctx context.Context, _ string, review, answer any) error {
	f.mu.Lock()
	f.busy++
	f.most = max(f.most, f.busy)
	f.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(10 * time.Millisecond):
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.busy--
	if f.err != nil {
		return f.err
	}
	switch review := review.(type) {
	case *authorizationv1.SelfSubjectRulesReview:
		f.rulesAsked++
		answer.(*authorizationv1.SelfSubjectRulesReview).Status = authorizationv1.SubjectRulesReviewStatus{ResourceRules: f.rules, Incomplete: f.incomplete}
	case *authorizationv1.SelfSubjectAccessReview:
		a := review.Spec.ResourceAttributes
		f.asked = append(f.asked, a.Verb+" "+a.Resource+" "+a.Namespace)
		answer.(*authorizationv1.SelfSubjectAccessReview).Status.Allowed = f.allow != nil && f.allow(a)
	}
	return nil
}

func (f *fakeReviews) counts() (rules, access int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rulesAsked, len(f.asked)
}

func rule(verbs, groups, resources string, names ...string) authorizationv1.ResourceRule {
	split := func(s string) []string { return strings.Split(s, ",") }
	return authorizationv1.ResourceRule{Verbs: split(verbs), APIGroups: split(groups), Resources: split(resources), ResourceNames: names}
}

func namespaced(group, resource string) Resource {
	return Resource{GVR: schema.GroupVersionResource{Group: group, Version: "v1", Resource: resource}, Namespaced: true}
}

func TestRulesAllow(t *testing.T) {
	tests := []struct {
		name string
		rule authorizationv1.ResourceRule
		want bool
	}{
		{"exact", rule("list,watch", "apps", "deployments"), true},
		{"everything", rule("*", "*", "*"), true},
		{"all verbs", rule("*", "apps", "deployments"), true},
		{"all types of the group", rule("list", "apps", "*"), true},
		{"all groups", rule("list", "*", "deployments"), true},
		{"another verb", rule("get,watch", "apps", "deployments"), false},
		{"another group", rule("list", "", "deployments"), false},
		{"another type", rule("list", "apps", "replicasets"), false},
		{"subresource", rule("list", "apps", "deployments/scale"), false},
		{"all subresources", rule("list", "apps", "*/scale"), false},
		{"some names only", rule("list", "apps", "deployments", "web"), false},
		{"nothing", authorizationv1.ResourceRule{}, false},
	}
	for _, test := range tests {
		got := rulesAllow([]authorizationv1.ResourceRule{test.rule}, "list", schema.GroupResource{Group: "apps", Resource: "deployments"})
		if got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// runAccess runs an Access under synctest's clock.
func runAccess(t *testing.T, reviews *fakeReviews, test func(t *testing.T, a *Access)) {
	synctest.Test(t, func(t *testing.T) {
		a := newAccess(reviews)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			a.run(ctx)
		}()
		test(t, a)
		cancel()
		<-done
	})
}

// await asks May until it knows.
func await(t *testing.T, a *Access, r Resource, namespace string) Verdict {
	t.Helper()
	changed, stop := a.Subscribe()
	defer stop()
	for {
		if v := a.May(r, namespace); v.Known {
			return v
		}
		select {
		case <-changed:
		case <-time.After(time.Minute):
			t.Fatal("nothing was learned in a minute")
		}
	}
}

func TestOneRulesReviewAnswersForAllTypes(t *testing.T) {
	reviews := &fakeReviews{rules: []authorizationv1.ResourceRule{rule("list,watch", "", "pods"), rule("list", "", "services")}}
	runAccess(t, reviews, func(t *testing.T, a *Access) {
		if v := a.May(namespaced("", "pods"), "team"); v.Known {
			t.Errorf("known before asking: %+v", v)
		}
		if v := await(t, a, namespaced("", "pods"), "team"); !v.Allowed {
			t.Errorf("pods: %+v", v)
		}
		if v := await(t, a, namespaced("", "services"), "team"); v.Allowed || v.Reason != "no permission to watch services in namespace team" {
			t.Errorf("services: %+v", v)
		}
		if v := await(t, a, namespaced("apps", "deployments"), "team"); v.Allowed || v.Reason != "no permission to list deployments.apps in namespace team" {
			t.Errorf("deployments: %+v", v)
		}
		if rules, access := reviews.counts(); rules != 1 || access != 0 {
			t.Errorf("%d rules reviews, %d access reviews", rules, access)
		}
	})
}

func TestIncompleteRulesAreCompletedByQuestions(t *testing.T) {
	reviews := &fakeReviews{
		incomplete: true, rules: []authorizationv1.ResourceRule{rule("list,watch", "", "pods")},
		allow: func(a *authorizationv1.ResourceAttributes) bool {
			return a.Resource == "services" && a.Namespace == "team"
		},
	}
	runAccess(t, reviews, func(t *testing.T, a *Access) {
		if v := await(t, a, namespaced("", "pods"), "team"); !v.Allowed {
			t.Errorf("pods: %+v", v)
		}
		if _, access := reviews.counts(); access != 0 {
			t.Errorf("%d access reviews for what the rules allow", access)
		}
		if v := await(t, a, namespaced("", "services"), "team"); !v.Allowed {
			t.Errorf("services: %+v", v)
		}
		if v := await(t, a, namespaced("", "secrets"), "team"); v.Allowed {
			t.Errorf("secrets: %+v", v)
		}
	})
}

func TestAllNamespacesNeedTheirOwnPermission(t *testing.T) {
	reviews := &fakeReviews{
		rules: []authorizationv1.ResourceRule{rule("*", "*", "*")},
		allow: func(a *authorizationv1.ResourceAttributes) bool { return a.Resource == "nodes" },
	}
	runAccess(t, reviews, func(t *testing.T, a *Access) {
		if v := await(t, a, namespaced("", "pods"), ""); v.Allowed || v.Reason != "no permission to list pods cluster-wide" {
			t.Errorf("pods: %+v", v)
		}
		nodes := Resource{GVR: schema.GroupVersionResource{Version: "v1", Resource: "nodes"}}
		if v := await(t, a, nodes, "team"); !v.Allowed {
			t.Errorf("nodes: %+v", v)
		}
		if rules, _ := reviews.counts(); rules != 0 {
			t.Errorf("%d rules reviews", rules)
		}
	})
}

func TestWhoMayReadEverythingIsAskedAboutOnce(t *testing.T) {
	reviews := &fakeReviews{allow: func(a *authorizationv1.ResourceAttributes) bool { return a.Verb == "list" || a.Verb == "watch" }}
	runAccess(t, reviews, func(t *testing.T, a *Access) {
		for _, name := range []string{"pods", "services", "secrets"} {
			if v := await(t, a, namespaced("", name), ""); !v.Allowed {
				t.Errorf("%s: %+v", name, v)
			}
		}
		if _, access := reviews.counts(); access != 2 {
			t.Errorf("%d access reviews", access)
		}
	})
}

func TestAnswersGrowOldButAreGivenMeanwhile(t *testing.T) {
	reviews := &fakeReviews{rules: []authorizationv1.ResourceRule{rule("*", "", "pods")}}
	runAccess(t, reviews, func(t *testing.T, a *Access) {
		await(t, a, namespaced("", "pods"), "team")
		reviews.mu.Lock()
		reviews.rules = nil
		reviews.mu.Unlock()
		time.Sleep(time.Minute)
		if v := a.May(namespaced("", "pods"), "team"); !v.Allowed {
			t.Errorf("after a minute: %+v", v)
		}
		time.Sleep(3 * time.Minute)
		if v := a.May(namespaced("", "pods"), "team"); !v.Known || !v.Allowed {
			t.Errorf("an old answer is withheld: %+v", v)
		}
		time.Sleep(time.Second)
		if v := a.May(namespaced("", "pods"), "team"); !v.Known || v.Allowed {
			t.Errorf("the new answer: %+v", v)
		}
		if rules, _ := reviews.counts(); rules != 2 {
			t.Errorf("%d rules reviews", rules)
		}
	})
}

func TestFailedReviewsAreRetriedLater(t *testing.T) {
	reviews := &fakeReviews{err: errors.New("broken")}
	runAccess(t, reviews, func(t *testing.T, a *Access) {
		pods := namespaced("", "pods")
		a.May(pods, "team")
		time.Sleep(time.Second)
		if v := a.May(pods, "team"); v.Known || v.Reason != "broken" {
			t.Errorf("verdict = %+v", v)
		}
		if _, err := a.Check(t.Context(), pods, "team"); err == nil {
			t.Error("Check hides the error")
		}
		reviews.mu.Lock()
		reviews.err, reviews.rules = nil, []authorizationv1.ResourceRule{rule("*", "*", "*")}
		reviews.mu.Unlock()
		time.Sleep(30 * time.Second)
		if v := await(t, a, pods, "team"); !v.Allowed {
			t.Errorf("verdict = %+v", v)
		}
	})
}

// A server that comes up answers before it has read who may what: that is no news of the user's rights, and told as none.
func TestDenialsOfAServerThatComesUpAreNotBelieved(t *testing.T) {
	everything := []authorizationv1.ResourceRule{rule("*", "*", "*")}
	reviews := &fakeReviews{rules: everything}
	set := func(rules []authorizationv1.ResourceRule, err error) {
		reviews.mu.Lock()
		defer reviews.mu.Unlock()
		reviews.rules, reviews.err = rules, err
	}
	runAccess(t, reviews, func(t *testing.T, a *Access) {
		pods, secrets := namespaced("", "pods"), namespaced("", "secrets")
		await(t, a, pods, "team")
		for range 2 { // a short outage, and a long one
			time.Sleep(5 * time.Minute)
			set(nil, errors.New("refused"))
			a.May(pods, "team")
			time.Sleep(20 * time.Second)
			set(nil, nil)
			for range 20 {
				time.Sleep(time.Second)
				if v := a.May(pods, "team"); !v.Known || !v.Allowed {
					t.Fatalf("pods, which were allowed: %+v", v)
				}
				if v := a.May(secrets, "team"); v.Known && !v.Allowed {
					t.Fatalf("secrets: %+v", v)
				}
			}
			set(everything, nil)
			time.Sleep(doubtRetry + time.Second)
			a.May(secrets, "team")
			time.Sleep(time.Second)
			if v := a.May(secrets, "team"); !v.Known || !v.Allowed {
				t.Errorf("secrets, soon after the server is ready: %+v", v)
			}
		}
		time.Sleep(5 * time.Minute)
		set(nil, nil)
		a.May(pods, "team")
		time.Sleep(time.Second)
		if v := a.May(pods, "team"); !v.Known || v.Allowed {
			t.Errorf("a denial without an outage: %+v", v)
		}
	})
}

// A denial that lasts is one.
func TestDenialIsBelievedWhenDoubtIsOver(t *testing.T) {
	reviews := &fakeReviews{err: errors.New("refused")}
	runAccess(t, reviews, func(t *testing.T, a *Access) {
		pods := namespaced("", "pods")
		a.May(pods, "team")
		time.Sleep(time.Second)
		reviews.mu.Lock()
		reviews.err = nil
		reviews.mu.Unlock()
		for began := time.Now(); ; time.Sleep(time.Second) {
			v := a.May(pods, "team")
			took := time.Since(began)
			if v.Known {
				if v.Allowed || took < doubtFor-time.Second {
					t.Errorf("after %v: %+v", took, v)
				}
				return
			}
			if took > doubtFor+time.Minute {
				t.Fatal("it is never believed")
			}
		}
	})
}

func TestQuestionsArePaced(t *testing.T) {
	reviews := &fakeReviews{allow: func(a *authorizationv1.ResourceAttributes) bool { return a.Verb == "list" && a.Resource != "*" }}
	runAccess(t, reviews, func(t *testing.T, a *Access) {
		start := time.Now()
		for i := range 200 {
			a.May(namespaced("g", strings.Repeat("x", i+1)), "")
		}
		await(t, a, namespaced("g", strings.Repeat("x", 200)), "")
		if took := time.Since(start); took < 3*time.Second || took > 10*time.Second {
			t.Errorf("400 questions took %v", took)
		}
		if reviews.most > accessWorkers {
			t.Errorf("%d questions at once", reviews.most)
		}
	})
}

func TestCheckWaitsForTheAnswer(t *testing.T) {
	reviews := &fakeReviews{rules: []authorizationv1.ResourceRule{rule("*", "", "pods")}}
	synctest.Test(t, func(t *testing.T) {
		a := newAccess(reviews) // Check needs no Run
		for range 2 {
			if v, err := a.Check(t.Context(), namespaced("", "pods"), "team"); err != nil || !v.Allowed {
				t.Errorf("Check = %+v, %v", v, err)
			}
		}
		if rules, _ := reviews.counts(); rules != 1 {
			t.Errorf("%d rules reviews", rules)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := a.Check(ctx, namespaced("", "pods"), "other"); !errors.Is(err, context.Canceled) {
			t.Errorf("Check = %v", err)
		}
	})
}

func TestErrorsTakeNoVerdictBack(t *testing.T) {
	reviews := &fakeReviews{rules: []authorizationv1.ResourceRule{rule("*", "", "pods")}}
	synctest.Test(t, func(t *testing.T) {
		a := newAccess(reviews)
		secrets := namespaced("", "secrets")
		if v, err := a.Check(t.Context(), secrets, "team"); err != nil || !v.Known || v.Allowed {
			t.Fatalf("Check = %+v, %v", v, err)
		}
		time.Sleep(time.Hour)
		reviews.mu.Lock()
		reviews.err = errors.New("broken")
		reviews.mu.Unlock()
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		for _, ctx := range []context.Context{canceled, t.Context()} {
			if _, err := a.Check(ctx, secrets, "team"); err == nil {
				t.Error("Check hides the error")
			}
			if v := a.May(secrets, "team"); !v.Known || v.Allowed {
				t.Errorf("verdict = %+v", v)
			}
		}
	})
}
