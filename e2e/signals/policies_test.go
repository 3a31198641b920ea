package signals

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/signals/recorded"
)

// policed are two namespaces, of which one is production, with Deployments in both.
const policed = `{apiVersion: v1, kind: List, items: [
  {apiVersion: v1, kind: Namespace, metadata: {name: policed, labels: {env: production}}},
  {apiVersion: v1, kind: Namespace, metadata: {name: unpoliced}},
  {apiVersion: v1, kind: ConfigMap, metadata: {name: limits, namespace: policed}, data: {most: "3"}},
` + deployments + `]}`

const deployments = `
  {apiVersion: apps/v1, kind: Deployment, metadata: {name: big, namespace: policed}, spec: {replicas: 5, selector: {matchLabels: {app: big}}, template: {metadata: {labels: {app: big}}, spec: {containers: [{name: c, image: shop:1}]}}}},
  {apiVersion: apps/v1, kind: Deployment, metadata: {name: small, namespace: policed}, spec: {replicas: 2, selector: {matchLabels: {app: small}}, template: {metadata: {labels: {app: small}}, spec: {containers: [{name: c, image: shop:1}]}}}},
  {apiVersion: apps/v1, kind: Deployment, metadata: {name: free, namespace: unpoliced}, spec: {replicas: 5, selector: {matchLabels: {app: free}}, template: {metadata: {labels: {app: free}}, spec: {containers: [{name: c, image: shop:1}]}}}}`

const theirPolicy = `{apiVersion: v1, kind: List, items: [
  {apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: replicas}, spec: {
    paramKind: {apiVersion: v1, kind: ConfigMap},
    matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]},
    matchConditions: [{name: not-free, expression: "object.metadata.name != 'exempt'"}],
    variables: [{name: most, expression: "int(params.data.most)"}],
    validations: [{expression: "object.spec.replicas <= variables.most", messageExpression: "'more than ' + string(variables.most) + ' in ' + namespaceObject.metadata.name"}]}},
  {apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, metadata: {name: production}, spec: {policyName: replicas, validationActions: [Deny],
    paramRef: {name: limits, namespace: policed, parameterNotFoundAction: Deny}, matchResources: {namespaceSelector: {matchLabels: {env: production}}}}}]}`

// What dogwatch says that the cluster's own policies would not admit is what the server itself does not admit.
func TestClustersPoliciesJudgeAsTheServerDoes(t *testing.T) {
	do(t, policed)
	j := judgeBy(t, recorded.Rules{ClusterPolicies: true}, []string{"nodes"})
	t.Cleanup(func() {
		_, _ = cluster.Kubectl(context.WithoutCancel(t.Context()), "delete", "--ignore-not-found", "validatingadmissionpolicybindings/production", "validatingadmissionpolicies/replicas")
	})
	do(t, theirPolicy)
	agree := func(what, denied string) {
		t.Helper()
		await.Success(t, patience, "what is told to be what the server does "+what, func(ctx context.Context) error {
			told, refused := j.denied(), refusedByServer(ctx)
			if told != denied || refused != denied {
				return fmt.Errorf("told is %q, the server refuses %q; wanted is %q", told, refused, denied)
			}
			return nil
		})
	}
	agree("with the policy", "policed/big: more than 3 in policed\n")
	do(t, "--namespace=policed scale --replicas=3 deployment/big")
	agree("with what was mended", "")
	do(t, `label namespace/unpoliced env=production`)
	agree("with another namespace", "unpoliced/free: more than 3 in unpoliced\n")
	do(t, `--namespace=policed patch configmap/limits -- {"data":{"most":"1"}}`)
	agree("with other parameters", "policed/big: more than 1 in policed\npoliced/small: more than 1 in policed\nunpoliced/free: more than 1 in unpoliced\n")
	do(t, "delete validatingadmissionpolicybindings/production")
	agree("without the binding", "")
	for _, wrong := range j.faults() {
		t.Error(wrong)
	}
}

// denied are the signals of policies that are open, a line each.
func (j *judged) denied() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	open := map[string]string{}
	for i := range j.told {
		s := &j.told[i]
		delete(open, s.Subject.String())
		if s.Policy && s.IsOpen() {
			open[s.Subject.String()] = s.Message
		}
	}
	var b strings.Builder
	for _, name := range []string{"policed/big", "policed/small", "unpoliced/free"} {
		if message, ok := open[name]; ok {
			fmt.Fprintf(&b, "%s: %s\n", name, message)
		}
	}
	return b.String()
}

// refusedByServer asks the server for copies of the Deployments that there are, without having them made, and gives what it refuses.
func refusedByServer(ctx context.Context) string {
	var b strings.Builder
	for _, name := range []string{"policed/big", "policed/small", "unpoliced/free"} {
		namespace, deployment, _ := strings.Cut(name, "/")
		replicas, err := cluster.Kubectl(ctx, "--namespace="+namespace, "get", "deployment/"+deployment, "--output=jsonpath={.spec.replicas}")
		if err != nil {
			return err.Error()
		}
		_, err = cluster.Kubectl(ctx, "--namespace="+namespace, "create", "deployment", deployment+"-copy", "--image=shop:1", "--replicas="+replicas, "--dry-run=server")
		if err == nil {
			continue
		}
		_, message, ok := strings.Cut(err.Error(), "denied request: ")
		if !ok {
			return err.Error()
		}
		fmt.Fprintf(&b, "%s: %s\n", name, strings.TrimSpace(message))
	}
	return b.String()
}
