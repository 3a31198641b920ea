package signals

import (
	"fmt"
	"strings"
	"time"
)

// innocent is what looks like the trouble that a rule is for, and is none: an object whose name begins so, and what makes it.
type innocent struct {
	object string
	make   []string
}

// innocents are made before the trouble of their rules, so that they had more time to be told.
func innocents() map[string][]innocent {
	const later = "2096-01-01T00:00:00Z"
	gated := func(name, more string) string {
		return fmt.Sprintf(`{apiVersion: v1, kind: Pod, metadata: {name: %s}, spec: {schedulingGates: [{name: example.com/later}], %s containers: [{name: web, image: "web:1"}]}}`, name, more)
	}
	claim := func(name string) string {
		return fmt.Sprintf(`{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: %s}, spec: {accessModes: [ReadWriteOnce], storageClassName: patient, resources: {requests: {storage: 1Gi}}}}`, name)
	}
	const job = `spec: {activeDeadlineSeconds: 1, template: {spec: {restartPolicy: Never, schedulerName: nobody, containers: [{name: job, image: "job:1"}]}}}`
	return map[string][]innocent{
		"out-of-memory": {{"default/recovered", []string{pod("recovered", ""), fmt.Sprintf(`patch pod recovered --subresource=status -- {"status":{"phase":"Running",
			"conditions":[{"type":"ContainersReady","status":"False","lastTransitionTime":%q}],"containerStatuses":[{"name":"web","image":"web:1","imageID":"","ready":false,"restartCount":1,
			"state":{"running":{}},"lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled","finishedAt":"2026-01-01T00:00:00Z"}}}]}}`, later)}}},
		"unschedulable": {{"default/gated", []string{gated("gated", "")}}},
		"unscheduled":   {{"default/gated", nil}},
		"rollout": {{"default/halted", []string{
			deployment("halted", "1", `image: "web:1"`), "rollout status deployment/halted", "rollout pause deployment/halted", "set image deployment/halted web=web:2",
		}}},
		"rollout-stuck-at-pod": {
			{"default/rolling", []string{
				set("StatefulSet", "rolling", "replicas: 3, serviceName: rolling,"), "rollout status statefulset/rolling", "set image statefulset/rolling web=web:2",
			}},
			{"default/by-hand", []string{
				set("StatefulSet", "by-hand", "replicas: 2, serviceName: by-hand, updateStrategy: {type: OnDelete},"),
				"wait statefulset/by-hand --for=jsonpath={.status.readyReplicas}=2 --timeout=60s", "set image statefulset/by-hand web=web:missing", "delete pod by-hand-1",
			}},
		},
		"job-failed": {
			{"default/suspended", []string{strings.Replace(`{apiVersion: batch/v1, kind: Job, metadata: {name: suspended}, `+job+`}`, "spec: {", "spec: {suspend: true, ", 1)}},
			{"default/nightly-failed", []string{
				`{apiVersion: batch/v1, kind: CronJob, metadata: {name: nightly}, spec: {suspend: true, schedule: "0 0 1 1 *", jobTemplate: {` + job + `}}}`,
				`patch cronjob nightly --subresource=status -- {"status":{"lastSuccessfulTime":"` + later + `"}}`, "create job nightly-failed --from=cronjob/nightly",
			}},
		},
		"autoscaler-at-limit": {{"default/fixed", []string{autoscaler("fixed", "minReplicas: 3, maxReplicas: 3"), condition("hpa fixed", "ScalingLimited", "True", "TooManyReplicas")}}},
		"node-not-ready": {{"leaving", []string{
			strings.Replace(node("leaving"), "spec: {", "spec: {taints: [{key: ToBeDeletedByClusterAutoscaler, effect: NoSchedule}], ", 1),
			strings.Replace(condition("node leaving", "Ready", "False", "KubeletNotReady"), "2026-", "2096-", 1),
		}}},
		"volume-claim-pending": {
			{"default/early", []string{`{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: patient}, provisioner: example.com/none, volumeBindingMode: WaitForFirstConsumer}`, claim("early")}},
			{"default/withheld", []string{claim("withheld"), gated("withholding", "volumes: [{name: data, persistentVolumeClaim: {claimName: withheld}}],")}},
		},
		"no-endpoints": {
			{"default/elsewhere", []string{`{apiVersion: v1, kind: Service, metadata: {name: elsewhere}, spec: {type: ExternalName, externalName: shop.example}}`}},
			{"default/unselective", []string{`{apiVersion: v1, kind: Service, metadata: {name: unselective}, spec: {clusterIP: None, ports: [{port: 80}]}}`}},
		},
		"quota-near": {{"refusing/none", nil}},
		"certificate-expiring": {{"default/daily", []string{certificate("daily", ""), fmt.Sprintf(`patch certificates.cert-manager.io daily --subresource=status -- {"status":{"notAfter":%q,"renewalTime":%q}}`,
			time.Now().Add(24*time.Hour).UTC().Format(time.RFC3339), time.Now().Add(16*time.Hour).UTC().Format(time.RFC3339))}}},
		"config-changed": {{"default/unread", []string{configMap("unread", "", "a"), configMap("unread", "", "b")}}},
		"secret-changed": {{"default/released", []string{
			`{apiVersion: v1, kind: Secret, metadata: {name: released}, type: helm.sh/release.v1, stringData: {release: a}}`, `patch secret released -- {"stringData":{"release":"b"}}`,
		}}},
		"role-widened":       {{"default/narrowed", []string{"create role narrowed --verb=get,list --resource=pods", `patch role narrowed -- {"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}]}`}}},
		"definition-refused": {{"certificates.cert-manager.io", nil}},
		"stuck-deleting": {{"default/patient", []string{
			node("patience"),
			`{apiVersion: v1, kind: Pod, metadata: {name: patient}, spec: {nodeName: patience, terminationGracePeriodSeconds: 3600, containers: [{name: web, image: "web:1"}]}}`,
			"delete pod patient --wait=false",
		}}},
		"generation-not-observed": {{"default/halted", []string{
			certificate("halted", "suspend: true"), `patch certificates.cert-manager.io halted --subresource=status -- {"status":{"observedGeneration":1}}`,
			`patch certificates.cert-manager.io halted -- {"spec":{"other":true}}`,
		}}},
	}
}
