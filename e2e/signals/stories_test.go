package signals

import (
	"fmt"
	"strings"
)

// story is trouble that a rule is for: what makes it, and what mends it.
type story struct {
	rule, object string
	make, mend   []string
}

// pod is one that no scheduler takes, so that the test alone says how it is.
func pod(name, more string) string {
	return fmt.Sprintf(`{apiVersion: v1, kind: Pod, metadata: {name: %s}, spec: {schedulerName: nobody, %s containers: [{name: web, image: "web:1"}]}}`, name, more)
}

// status says how a pod's container is.
func status(name, container string) string {
	return fmt.Sprintf(`patch pod %s --subresource=status -- {"status":{"phase":"Running","containerStatuses":[{"name":"web","image":"web:1","imageID":"",%s}]}}`, name, container)
}

const (
	runs    = `"ready":true,"restartCount":0,"started":true,"state":{"running":{"startedAt":"2026-01-01T00:00:00Z"}}`
	crashed = `"ready":false,"restartCount":3,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"exitCode":1,"reason":"Error"}}`
	killed  = `"ready":false,"restartCount":1,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}`
	again   = `"ready":true,"restartCount":1,"started":true,"state":{"running":{"startedAt":"2026-01-01T00:00:00Z"}},"lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}`
)

// condition sets one condition of an object.
func condition(object, kind, status, reason string) string {
	return fmt.Sprintf(`patch %s --subresource=status -- {"status":{"conditions":[{"type":%q,"status":%q,"reason":%q,"message":"said",`+
		`"lastTransitionTime":"2026-01-01T00:00:00Z"}]}}`, object, kind, status, reason)
}

func deployment(name, replicas, container string) string {
	return fmt.Sprintf(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: %[1]s}, spec: {replicas: %[2]s, progressDeadlineSeconds: 2, selector: {matchLabels: {app: %[1]s}},
		template: {metadata: {labels: {app: %[1]s}}, spec: {containers: [{name: web, %[3]s}]}}}}`, name, replicas, container)
}

// set is a StatefulSet or a DaemonSet, whose pods are on those nodes that run some.
func set(kind, name, more string) string {
	return fmt.Sprintf(`{apiVersion: apps/v1, kind: %[1]s, metadata: {name: %[2]s}, spec: {%[3]s selector: {matchLabels: {app: %[2]s}},
		template: {metadata: {labels: {app: %[2]s}}, spec: {containers: [{name: web, image: "web:1"}], affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:
		{nodeSelectorTerms: [{matchExpressions: [{key: by, operator: DoesNotExist}]}]}}}}}}}`, kind, name, more)
}

// autoscaler is of a deployment that there is not.
func autoscaler(name, replicas string) string {
	return fmt.Sprintf(`{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: %s}, spec: {%s, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: nothing},
		metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]}}`, name, replicas)
}

func node(name string) string {
	return fmt.Sprintf(`{apiVersion: v1, kind: Node, metadata: {name: %s, labels: {by: hand}}, spec: {unschedulable: true}}`, name)
}

func configMap(name, more, value string) string {
	return fmt.Sprintf(`{apiVersion: v1, kind: ConfigMap, metadata: {name: %s%s}, data: {key: %s}}`, name, more, value)
}

func stories() []story {
	return append(podStories(), append(workloadStories(), clusterStories()...)...)
}

func podStories() []story {
	return []story{
		{"image-pull", "default/unpulled-", []string{deployment("unpulled", "1", `image: "web:missing"`)}, []string{"delete deployment unpulled"}},
		{"cannot-start", "default/unconfigured-", []string{deployment("unconfigured", "1", `image: "web:1", envFrom: [{configMapRef: {name: nothing}}]`)}, []string{"delete deployment unconfigured"}},
		{"crash-loop", "default/crashing", []string{pod("crashing", ""), status("crashing", runs), status("crashing", crashed)}, []string{status("crashing", runs)}},
		{"out-of-memory", "default/killed", []string{pod("killed", ""), status("killed", killed)}, []string{status("killed", again)}},
		{"unschedulable", "default/waiting", []string{pod("waiting", ""), condition("pod waiting", "PodScheduled", "False", "Unschedulable")}, []string{condition("pod waiting", "PodScheduled", "True", "Done")}},
		{"unscheduled", "default/overlooked", []string{pod("overlooked", "")}, []string{"delete pod overlooked"}},
		{"stuck-creating", "default/unmounted", []string{
			node("mounting"), `{apiVersion: v1, kind: Pod, metadata: {name: unmounted}, spec: {nodeName: mounting, containers: [{name: web, image: "web:1"}]}}`,
			condition("pod unmounted", "PodReadyToStartContainers", "False", "Said"),
		}, []string{condition("pod unmounted", "PodReadyToStartContainers", "True", "Said")}},
		{"evicted", "default/evicted", []string{pod("evicted", ""), `patch pod evicted --subresource=status -- {"status":{"phase":"Failed","reason":"Evicted","message":"too much"}}`}, nil},
		{"privileged-pod", "default/mounting", []string{pod("mounting", `volumes: [{name: host, hostPath: {path: /etc}}],`)}, nil},
	}
}

func workloadStories() []story {
	return []story{
		{"scaled", "default/scaled", []string{deployment("scaled", "1", `image: "web:1"`), "rollout status deployment/scaled", "scale deployment/scaled --replicas=3"}, nil},
		{"rollout", "default/rolled", []string{deployment("rolled", "1", `image: "web:1"`), "rollout status deployment/rolled", "set image deployment/rolled web=web:2"}, nil},
		{"rollout-stuck", "default/stuck", []string{deployment("stuck", "1", `image: "web:missing"`)}, []string{
			`patch deployment stuck -- {"spec":{"progressDeadlineSeconds":600}}`, "set image deployment/stuck web=web:2",
		}},
		{"rollout-stuck-at-pod", "default/ordered", []string{
			set("StatefulSet", "ordered", "replicas: 2, serviceName: ordered,"), "rollout status statefulset/ordered", "set image statefulset/ordered web=web:missing",
		}, []string{"set image statefulset/ordered web=web:1"}},
		{"rollout-stuck-at-pod", "default/everywhere", []string{
			set("DaemonSet", "everywhere", ""), "rollout status daemonset/everywhere", "set image daemonset/everywhere web=web:missing",
		}, []string{"set image daemonset/everywhere web=web:2"}},
		{"creation-refused", "refusing/refused-", []string{
			`{apiVersion: v1, kind: Namespace, metadata: {name: refusing}}`, `{apiVersion: v1, kind: ResourceQuota, metadata: {name: none, namespace: refusing}, spec: {hard: {pods: "0"}}}`,
			"--namespace=refusing create deployment refused --image=web:1",
		}, []string{"--namespace=refusing delete deployment refused"}},
		{"job-failed", "default/late", []string{`{apiVersion: batch/v1, kind: Job, metadata: {name: late}, spec: {activeDeadlineSeconds: 1,
			template: {spec: {restartPolicy: Never, schedulerName: nobody, containers: [{name: job, image: "job:1"}]}}}}`}, []string{"delete job late"}},
		{"autoscaler-at-limit", "default/limited", []string{
			autoscaler("limited", "maxReplicas: 3"),
			condition("hpa limited", "ScalingLimited", "True", "TooManyReplicas"),
		}, []string{condition("hpa limited", "ScalingLimited", "False", "DesiredWithinRange")}},
		{"autoscaler-inactive", "default/idle", []string{autoscaler("idle", "maxReplicas: 3")}, []string{"delete hpa idle"}},
	}
}

// definition is a type of the cluster's own.
func definition(name, kind string) string {
	return fmt.Sprintf(`{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: %[1]ss.example.com}, spec: {group: example.com, scope: Namespaced,
		names: {kind: %[2]s, plural: %[1]ss}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}}`, name, kind)
}

func clusterStories() []story {
	expires := func(year string) string {
		return `patch certificates.cert-manager.io old --subresource=status -- {"status":{"notAfter":"` + year + `-01-01T00:00:00Z"}}`
	}
	observed := func(generation string) string {
		return `patch certificates.cert-manager.io unseen --subresource=status -- {"status":{"observedGeneration":` + generation + `}}`
	}
	return []story{
		{"node-not-ready", "silent", []string{node("silent"), strings.Replace(condition("node silent", "Ready", "False", "KubeletNotReady"), "2026-", "2096-", 1)}, []string{condition("node silent", "Ready", "True", "KubeletReady")}},
		{"node-pressure", "full", []string{node("full"), condition("node full", "DiskPressure", "True", "KubeletHasDiskPressure")}, []string{condition("node full", "DiskPressure", "False", "KubeletHasNoDiskPressure")}},
		{"volume-claim-pending", "default/unbound", []string{`{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: unbound}, spec: {accessModes: [ReadWriteOnce], storageClassName: nothing, resources: {requests: {storage: 1Gi}}}}`, pod("claiming", `volumes: [{name: data, persistentVolumeClaim: {claimName: unbound}}],`)}, []string{"delete pvc unbound"}},
		{"volume-claim-lost", "default/lost", []string{
			`{apiVersion: v1, kind: PersistentVolume, metadata: {name: losing}, spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], storageClassName: "", hostPath: {path: /none}, claimRef: {namespace: default, name: lost}}}`,
			`{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: lost}, spec: {accessModes: [ReadWriteOnce], storageClassName: "", volumeName: losing, resources: {requests: {storage: 1Gi}}}}`,
			"wait pvc/lost --for=jsonpath={.status.phase}=Bound --timeout=60s", "delete pv losing --wait=false", `patch pv losing -- {"metadata":{"finalizers":null}}`,
		}, []string{"delete pvc lost"}},
		{"no-endpoints", "default/nobody", []string{
			`{apiVersion: v1, kind: Service, metadata: {name: nobody}, spec: {selector: {app: nobody}, ports: [{port: 80}]}}`,
			node("bearing"), // a pod without one is no endpoint
			`{apiVersion: v1, kind: Pod, metadata: {name: unready, labels: {app: nobody}}, spec: {nodeName: bearing, containers: [{name: web, image: "web:1"}]}}`,
			`patch pod unready --subresource=status -- {"status":{"phase":"Running","podIP":"10.9.9.9","podIPs":[{"ip":"10.9.9.9"}]}}`,
		}, []string{condition("pod unready", "Ready", "True", "Ready")}},
		{"quota-near", "near/near", []string{
			`{apiVersion: v1, kind: Namespace, metadata: {name: near}}`, `{apiVersion: v1, kind: ResourceQuota, metadata: {name: near, namespace: near}, spec: {hard: {count/secrets: "1"}}}`,
			"--namespace=near create secret generic near --from-literal=a=b",
		}, []string{`--namespace=near patch quota near -- {"spec":{"hard":{"count/secrets":"100"}}}`}},
		{"certificate-expiring", "default/old", []string{certificate("old", ""), expires("2020")}, []string{expires("2120")}},
		{"config-changed", "default/settings", []string{
			configMap("settings", "", "a"),
			`{apiVersion: v1, kind: Pod, metadata: {name: configured}, spec: {nodeName: node-0, volumes: [{name: settings, configMap: {name: settings}}], containers: [{name: web, image: "web:1"}]}}`,
			"wait pod/configured --for=jsonpath={.status.phase}=Running --timeout=60s", configMap("settings", "", "b"),
		}, nil},
		{"config-changed", "default/projected", []string{
			configMap("projected", "", "a"),
			`{apiVersion: v1, kind: Pod, metadata: {name: projecting}, spec: {nodeName: node-0, volumes: [{name: all, projected: {sources: [{configMap: {name: projected}}]}}], containers: [{name: web, image: "web:1"}]}}`,
			"wait pod/projecting --for=jsonpath={.status.phase}=Running --timeout=60s", configMap("projected", "", "b"),
		}, nil},
		{"config-changed", "default/environment", []string{
			configMap("environment", "", "a"),
			`{apiVersion: v1, kind: Pod, metadata: {name: environed}, spec: {nodeName: node-0, containers: [{name: web, image: "web:1"}, {name: log, image: "log:1", envFrom: [{configMapRef: {name: environment}}]}]}}`,
			"wait pod/environed --for=jsonpath={.status.phase}=Running --timeout=60s", configMap("environment", "", "b"),
		}, nil},
		{"secret-changed", "default/word", []string{"create secret generic word --from-literal=pass=one", `patch secret word -- {"stringData":{"pass":"two"}}`}, nil},
		{"role-widened", "default/wide", []string{"create role wide --verb=get --resource=pods", `patch role wide -- {"rules":[{"apiGroups":[""],"resources":["pods","secrets"],"verbs":["get","list"]}]}`}, nil},
		{"definition-added", "news.example.com", []string{definition("new", "New")}, nil},
		{"definition-removed", "olds.example.com", []string{definition("old", "Old"), "delete crd olds.example.com"}, nil},
		{"definition-refused", "twins.example.com", []string{definition("first", "Same"), "wait crd/firsts.example.com --for=condition=NamesAccepted --timeout=60s", definition("twin", "Same")}, []string{"delete crd firsts.example.com"}},
		{"stuck-deleting", "default/held", []string{configMap("held", ", finalizers: [example.com/held]", "a"), "delete configmap held --wait=false"}, []string{`patch configmap held -- {"metadata":{"finalizers":null}}`}},
		{"generation-not-observed", "default/unseen", []string{certificate("unseen", ""), observed("1"), `patch certificates.cert-manager.io unseen -- {"spec":{"other":true}}`}, []string{observed("2")}},
	}
}

// certificate is one of cert-manager's, which nobody signs here.
func certificate(name, spec string) string {
	return fmt.Sprintf(`{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: %s}, spec: {%s}}`, name, spec)
}

// shop is a namespace in which all is well, and that is churned.
func shop() string {
	manifests := []string{`{apiVersion: v1, kind: Namespace, metadata: {name: shop}}`, `{apiVersion: v1, kind: ConfigMap, metadata: {name: web-settings, namespace: shop}, data: {log-level: info}}`}
	for _, name := range []string{"web", "catalog", "cart"} {
		manifests = append(manifests, strings.NewReplacer("NAME", name).Replace(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: NAME, namespace: shop}, spec: {replicas: 3, selector: {matchLabels: {app: NAME}},
			template: {metadata: {labels: {app: NAME}}, spec: {volumes: [{name: settings, configMap: {name: web-settings}}], containers: [{name: web, image: "web:1"}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: NAME, namespace: shop}, spec: {selector: {app: NAME}, ports: [{port: 80}]}}`))
	}
	return strings.Join(manifests, "\n---\n")
}
