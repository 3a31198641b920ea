package faults

import (
	"context"
	"sync"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/suite"
	"github.com/dogwatch/dogwatch/informers"
)

// allow lets a user read what the tests watch, until the end of the test.
func (p *place) allow(user string) {
	p.Helper()
	err := p.plane.Grant(p.Context(), user, p.namespace,
		rbacv1.PolicyRule{Verbs: []string{"list", "watch"}, APIGroups: []string{""}, Resources: []string{configMaps}})
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { p.deny(user) })
}

// deny takes it back.
func (p *place) deny(user string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.Context()), Patience)
	defer cancel()
	list := authorizationv1.ResourceAttributes{Verb: "list", Resource: configMaps, Namespace: p.namespace}
	if err := p.plane.Revoke(ctx, user, list); err != nil {
		p.Error(err)
	}
}

// asSubject is an option of watch: to log in as the subject.
func (p *place) asSubject(o *Options) {
	o.Kubeconfig = p.kubeconfig(subject, &clientcmdapi.AuthInfo{Token: p.plane.Token(subject)})
}

func TestRightsAreTakenAwayAndGivenBack(t *testing.T) {
	p := newPlace(t)
	p.pave()
	p.allow(subject)
	d := p.watch(p.asSubject)
	revoked := time.Now()
	p.deny(subject)
	// The server goes on to serve a watch that it has allowed: what it says stays true.
	p.changeSome()
	p.oracle.Converge(t, d, time.Now())
	d.never(configMaps, revoked, "not live", func(s informers.State) bool { return s.Phase != informers.Live })

	cut := time.Now()
	p.road.cut()
	shown := d.AwaitPhase(configMaps, cut, informers.Forbidden)
	d.soon(cut, d.first(configMaps, cut))
	p.failuresSoon(d, cut)
	if !isDated(shown.State) || shown.NextTry.IsZero() || !apierrors.IsForbidden(shown.Err) {
		t.Errorf("it shows %+v", shown.State)
	}
	p.changeSome()
	p.allow(subject)
	given := time.Now()
	p.tell(shown.At.Sub(cut), p.oracle.Converge(t, d, given))
}

// jail gives the subject's requests for what the tests watch a priority level on which one runs at a time, and none waits.
func (p *place) jail() (release func()) {
	p.Helper()
	flows := p.client.FlowcontrolV1()
	none := int32(0)
	level := &flowcontrolv1.PriorityLevelConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "jail"},
		Spec: flowcontrolv1.PriorityLevelConfigurationSpec{
			Type: flowcontrolv1.PriorityLevelEnablementLimited,
			Limited: &flowcontrolv1.LimitedPriorityLevelConfiguration{
				NominalConcurrencyShares: &none, LendablePercent: &none, BorrowingLimitPercent: &none,
				LimitResponse: flowcontrolv1.LimitResponse{Type: flowcontrolv1.LimitResponseTypeReject},
			},
		},
	}
	schema := &flowcontrolv1.FlowSchema{
		ObjectMeta: metav1.ObjectMeta{Name: "jail"},
		Spec: flowcontrolv1.FlowSchemaSpec{
			PriorityLevelConfiguration: flowcontrolv1.PriorityLevelConfigurationReference{Name: "jail"},
			MatchingPrecedence:         50,
			Rules: []flowcontrolv1.PolicyRulesWithSubjects{{
				Subjects: []flowcontrolv1.Subject{{
					Kind: flowcontrolv1.SubjectKindUser, User: &flowcontrolv1.UserSubject{Name: subject},
				}},
				ResourceRules: []flowcontrolv1.ResourcePolicyRule{{
					Verbs: []string{"*"}, APIGroups: []string{""}, Resources: []string{configMaps}, Namespaces: []string{"*"},
				}},
			}},
		},
	}
	release = func() {
		ctx := context.WithoutCancel(p.Context())
		_ = flows.FlowSchemas().Delete(ctx, "jail", metav1.DeleteOptions{})
		_ = flows.PriorityLevelConfigurations().Delete(ctx, "jail", metav1.DeleteOptions{})
	}
	p.Cleanup(release)
	if _, err := flows.PriorityLevelConfigurations().Create(p.Context(), level, metav1.CreateOptions{}); err != nil {
		p.Fatal(err)
	}
	if _, err := flows.FlowSchemas().Create(p.Context(), schema, metav1.CreateOptions{}); err != nil {
		p.Fatal(err)
	}
	return release
}

// hog has one of the subject's requests run all the time until the returned function is called: for a state that the
// server waits for in vain, for three seconds.
func (p *place) hog() (stop func()) {
	p.Helper()
	asSubject, err := kubernetes.NewForConfig(p.plane.RESTConfig(subject))
	if err != nil {
		p.Fatal(err)
	}
	ctx, cancel := context.WithCancel(p.Context())
	var hogging sync.WaitGroup
	for range 3 {
		hogging.Go(func() {
			for ctx.Err() == nil {
				p.list(asSubject).Param("resourceVersion", "1000000000").MaxRetries(0).Do(ctx)
			}
		})
	}
	stop = func() {
		cancel()
		hogging.Wait()
	}
	p.Cleanup(stop)
	p.eventually("the server to reject", func() bool {
		return apierrors.IsTooManyRequests(p.list(asSubject).MaxRetries(0).Do(ctx).Error()) // client-go would ask again
	})
	return stop
}

func TestServerRejectsByPriorityAndFairness(t *testing.T) {
	p := newPlace(t)
	p.pave()
	p.allow(subject)
	d := p.watch(p.asSubject)
	release := p.jail()
	stop := p.hog()

	cut := time.Now()
	p.road.cut()
	busy := func(s informers.State) bool {
		return s.Phase == informers.Retrying && apierrors.IsTooManyRequests(s.Err)
	}
	shown := d.Await(configMaps, cut, "retrying, too many requests", busy)
	if seconds, ok := apierrors.SuggestsClientDelay(shown.Err); !ok || shown.NextTry.Sub(shown.At) < time.Duration(seconds)*time.Second-100*time.Millisecond {
		t.Errorf("asked to wait for %d s (%v), it waits until %v: %s", seconds, ok, shown.NextTry, shown)
	}
	p.changeSome()
	p.eventually("more tries", func() bool {
		if d.Watch(configMaps).State().Phase == informers.Live {
			p.road.cut() // it found the moment between two others
		}
		return d.count(configMaps, cut, busy) >= 4
	})
	d.soon(cut, d.first(configMaps, cut))
	p.failuresSoon(d, cut)
	stop()
	release()
	given := time.Now()
	p.tell(shown.At.Sub(cut), p.oracle.Converge(t, d, given))
}

func TestUserActsAsAnother(t *testing.T) {
	p := newPlace(t)
	err := p.plane.Grant(t.Context(), subject, "",
		rbacv1.PolicyRule{Verbs: []string{"impersonate"}, APIGroups: []string{""}, Resources: []string{"users"}})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	d := p.watch(p.asSubject, func(o *Options) {
		o.Flags = func(flags *cluster.Flags) { flags.AuthInfo.Impersonate = controlplane.Viewer }
	})
	if _, err := d.Workspace.Open(target("secrets")); err != nil {
		t.Fatal(err)
	}
	d.AwaitPhase("secrets", began, informers.Forbidden) // the viewer may not

	asked, err := p.plane.AuditEvents(func(e controlplane.AuditEvent) bool {
		return e.User.Name == subject && e.Received.After(began)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) < 4 {
		t.Errorf("the audit log cannot be right: it has %d requests", len(asked))
	}
	for _, e := range asked {
		if e.Impersonated.Name != controlplane.Viewer || !suite.IsRead(e) {
			t.Errorf("%s asked as %q to %s %s", e.User.Name, e.Impersonated.Name, e.Verb, e.RequestURI)
		}
	}
}
