package sample

import (
	"fmt"
	"time"
)

// Pod is the i-th pod: spread over namespaces, apps and nodes, most of them running, some in trouble.
func Pod(i int) []byte {
	apps := []string{"web", "api", "worker", "cache", "billing"}
	namespaces := []string{"shop", "default", "kube-system"}
	app := apps[i%len(apps)]
	namespace := namespaces[i%len(namespaces)]
	name := fmt.Sprintf("%s-%s-%05d", app, "7c9d8f6b5d", i)
	meta := metadata(namespace, name, i, object{
		"app": app, "pod-template-hash": "7c9d8f6b5d", "tier": []string{"front", "back"}[i%2],
	})
	meta["uid"] = fmt.Sprintf("6f0e5a2c-0000-4000-8000-%012x", i)
	meta["ownerReferences"] = []any{object{
		"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": app + "-7c9d8f6b5d", "uid": "6f0e5a2c-1111-4000-8000-000000000001",
		"controller": true, "blockOwnerDeletion": true,
	}}
	meta["managedFields"] = managedFields()
	return JSON(object{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": meta,
		"spec": object{
			"nodeName": fmt.Sprintf("node-%02d", i%3), "restartPolicy": "Always", "serviceAccountName": app,
			"terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
			"containers": []any{container(app, fmt.Sprintf("1.4.%d", i%7))},
			"tolerations": []any{
				object{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
				object{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
			},
		},
		"status": podStatus(i, app),
	})
}

func container(app, version string) object {
	return object{
		"name": app, "image": "registry.example/" + app + ":" + version, "imagePullPolicy": "IfNotPresent",
		"ports": []any{object{"name": "http", "containerPort": 8080, "protocol": "TCP"}},
		"env":   []any{object{"name": "LOG_LEVEL", "value": "info"}, object{"name": "REGION", "value": "north"}},
		"resources": object{
			"requests": object{"cpu": "100m", "memory": "128Mi"}, "limits": object{"cpu": "500m", "memory": "256Mi"},
		},
		"readinessProbe": object{"httpGet": object{"path": "/ready", "port": "http", "scheme": "HTTP"}, "periodSeconds": 10},
		"volumeMounts":   []any{object{"name": "token", "readOnly": true, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}},
	}
}

// podStatus has each fiftieth pod pending and each seventieth restart again and again.
func podStatus(i int, app string) object {
	phase, ready, restarts := "Running", true, i%3
	state := object{"running": object{"startedAt": Epoch().Add(time.Duration(i+5) * time.Second).Format(time.RFC3339)}}
	switch {
	case i%50 == 49:
		phase, ready, restarts = "Pending", false, 0
		state = object{"waiting": object{"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}
	case i%70 == 69:
		ready, restarts = false, 17
		state = object{"waiting": object{"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}}
	}
	readiness := condition("Ready", map[bool]string{true: "True", false: "False"}[ready], "")
	return object{
		"phase": phase, "qosClass": "Burstable", "hostIP": fmt.Sprintf("192.0.2.%d", i%3+1),
		"podIP":      fmt.Sprintf("10.244.%d.%d", i%3, i%250+2),
		"startTime":  Epoch().Add(time.Duration(i+1) * time.Second).Format(time.RFC3339),
		"conditions": []any{condition("PodScheduled", "True", ""), condition("Initialized", "True", ""), readiness},
		"containerStatuses": []any{object{
			"name": app, "image": "registry.example/" + app, "ready": ready, "restartCount": restarts, "started": ready, "state": state,
		}},
	}
}

func managedFields() []any {
	spec := object{"f:metadata": object{"f:labels": object{".": object{}, "f:app": object{}}}, "f:spec": object{"f:containers": object{}}}
	status := object{"f:status": object{"f:conditions": object{}, "f:containerStatuses": object{}, "f:phase": object{}, "f:podIP": object{}}}
	entry := func(manager, subresource string, fields object) object {
		e := object{
			"manager": manager, "operation": "Update", "apiVersion": "v1", "time": Epoch().Format(time.RFC3339),
			"fieldsType": "FieldsV1", "fieldsV1": fields,
		}
		if subresource != "" {
			e["subresource"] = subresource
		}
		return e
	}
	return []any{entry("kube-controller-manager", "", spec), entry("kubelet", "status", status)}
}
