package changes

import "testing"

// act is something that somebody does to objects that are there, and what is to be told of it.
type act struct {
	name string
	// there is made before, and waited for.
	there string
	do    func(*testing.T)
	// want is, in order, all that is told of the versions that those made whom a line names.
	want []string
	// among are further lines that are told, of what controllers make of it.
	among []string
}

// run is an act of kubectl's.
func run(args ...string) func(*testing.T) {
	return func(t *testing.T) { kubectl(t, "", "", args...) }
}

// edit is one of kubectl edit: the editor is a script that replaces a text.
func edit(object, old, new string) func(*testing.T) {
	return func(t *testing.T) { kubectl(t, "", "sed -i -e s/"+old+"/"+new+"/", "edit", object) }
}

// apply applies a manifest.
func apply(manifest string, args ...string) func(*testing.T) {
	return func(t *testing.T) { kubectl(t, manifest, "", append([]string{"apply", "-f", "-"}, args...)...) }
}

// as applies a manifest on the server's side, as a field manager.
func as(manager, manifest string, args ...string) func(*testing.T) {
	return apply(manifest, append([]string{"--server-side", "--field-manager=" + manager}, args...)...)
}

func inTurn(acts ...func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) {
		for _, act := range acts {
			act(t)
		}
	}
}

func configMap(name, data string) string {
	return `{apiVersion: v1, kind: ConfigMap, metadata: {name: ` + name + `}, data: {` + data + `}}`
}

// deployment has containers named web and log.
func deployment(name, replicas, image string) string {
	return `{apiVersion: apps/v1, kind: Deployment, metadata: {name: ` + name + `}, spec: {replicas: ` + replicas + `, selector: {matchLabels: {app: ` + name + `}},
		template: {metadata: {labels: {app: ` + name + `, e2e.dogwatch.dev/behaviour: instant}}, spec: {containers: [{name: log, image: "log:1"},
		{name: web, image: "` + image + `", env: [{name: LEVEL, value: info}, {name: ZONE, value: z1}]}]}}}}`
}

// part is what of a Deployment's container web a manager says.
func part(name, container string) string {
	return `{apiVersion: apps/v1, kind: Deployment, metadata: {name: ` + name + `}, spec: {template: {spec: {containers: [{name: web, ` + container + `}]}}}}`
}

// roads is a router of a name, whose routes have names and whose tags are a set.
func roads(name, routes, tags string) string {
	return `{apiVersion: example.com/v1, kind: Router, metadata: {name: ` + name + `}, spec: {routes: [` + routes + `], tags: [` + tags + `]}}`
}

func router(routes string) string {
	return `{apiVersion: example.com/v1, kind: Router, metadata: {name: edge}, spec: {routes: [` + routes + `]}}`
}

func playlist(songs string) string {
	return `{apiVersion: example.com/v1, kind: Playlist, metadata: {name: drive}, spec: {songs: [` + songs + `]}}`
}

const autoscaler = `{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: growing}, spec: {minReplicas: 3, maxReplicas: 5,
	scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: growing},
	metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]}}`

const lastApplied = "metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]: (long) -> (long)"

// acts are in the order in which they are done.
func acts() []act {
	return []act{
		{
			name: "kubectl create and delete", do: inTurn(func(t *testing.T) { kubectl(t, configMap("brief", `a: "1"`), "", "create", "-f", "-") }, run("delete", "configmap", "brief")),
			want:  []string{"configmaps/brief created by kubectl-create, Update"},
			among: []string{"configmaps/brief deleted"},
		},
		{
			name: "kubectl edit", there: configMap("edited", "level: info, zone: z1"), do: edit("configmap/edited", "info", "debug"),
			want: []string{`configmaps/edited data.level: "info" -> "debug" by kubectl-edit, Update`},
		},
		{
			name: "kubectl edit of one element of a list", there: deployment("listed", "0", "web:1"), do: edit("deployment/listed", "web:1", "web:2"),
			want: []string{
				"deployments/listed metadata.generation: 1 -> 2 by nobody",
				`deployments/listed spec.template.spec.containers[web].image: "web:1" -> "web:2" by kubectl-edit, Update`,
			},
		},
		{
			name: "kubectl apply", do: inTurn(apply(deployment("applied", "0", "web:1")), apply(deployment("applied", "0", "web:2"))),
			want: []string{
				"deployments/applied created by kubectl-client-side-apply, Update",
				"deployments/applied metadata.generation: 1 -> 2 by nobody",
				"deployments/applied " + lastApplied + " by kubectl-client-side-apply, Update",
				`deployments/applied spec.template.spec.containers[web].image: "web:1" -> "web:2" by kubectl-client-side-apply, Update`,
			},
		},
		{
			name: "server-side apply by two managers", there: deployment("shared", "0", "web:1"),
			do: inTurn(
				as("team-a", part("shared", `image: "web:2"`), "--force-conflicts"), as("team-b", part("shared", "env: [{name: LEVEL, value: debug}]"), "--force-conflicts"),
				as("team-b", part("shared", `image: "web:3", env: [{name: LEVEL, value: debug}]`), "--force-conflicts"),
				as("team-b", part("shared", `image: "web:3"`)),
			),
			want: []string{
				"deployments/shared metadata.generation: 1 -> 2 by nobody",
				`deployments/shared spec.template.spec.containers[web].image: "web:1" -> "web:2" by team-a, Apply`,
				"deployments/shared metadata.generation: 2 -> 3 by nobody",
				`deployments/shared spec.template.spec.containers[web].env[LEVEL].value: "info" -> "debug" by team-b, Apply`,
				"deployments/shared metadata.generation: 3 -> 4 by nobody",
				`deployments/shared spec.template.spec.containers[web].image: "web:2" -> "web:3" by team-b, Apply`,
			},
		},
		{
			name: "a field that its manager no longer applies", do: inTurn(
				as("team-a", configMap("given-up", `a: "1", b: "1"`)), as("team-b", configMap("given-up", `c: "1"`)), as("team-a", configMap("given-up", `a: "2"`))),
			want: []string{
				"configmaps/given-up created by team-a, Apply",
				`configmaps/given-up data.c: nothing -> "1" by team-b, Apply`,
				`configmaps/given-up data.a: "1" -> "2" by team-a, Apply`,
				`configmaps/given-up data.b: "1" -> nothing by nobody`,
			},
		},
		{
			name: "kubectl scale", there: deployment("scaled", "0", "web:1"), do: run("scale", "deployment/scaled", "--replicas=1"),
			want: []string{
				"deployments/scaled metadata.generation: 1 -> 2 by nobody",
				"deployments/scaled spec.replicas: 0 -> 1 by kubectl, Update scale",
			},
		},
		{
			name: "a rollout", there: deployment("rolling", "1", "web:1"), do: run("set", "image", "deployment/rolling", "web=web:2"),
			want: []string{
				"deployments/rolling metadata.generation: 1 -> 2 by nobody",
				`deployments/rolling spec.template.spec.containers[web].image: "web:1" -> "web:2" by kubectl-set, Update`,
			},
			among: []string{
				`deployments/rolling metadata.annotations[deployment.kubernetes.io/revision]: "1" -> "2" by kube-controller-manager, Update status`,
				"deployments/rolling status.observedGeneration: 1 -> 2 by kube-controller-manager, Update status",
				`deployments/rolling status.conditions[Progressing].reason: "ReplicaSetUpdated" -> "NewReplicaSetAvailable" by kube-controller-manager, Update status`,
				"replicasets/rolling-* created by kube-controller-manager, Update",
				"replicasets/rolling-* spec.replicas: 1 -> 0 by kube-controller-manager, Update",
				"replicasets/rolling-* status.readyReplicas: nothing -> 1 by kube-controller-manager, Update status",
				"pods/rolling-*-* created by kube-controller-manager, Update",
				`pods/rolling-*-* spec.nodeName: nothing -> "node-0" by nobody`, // managedFields do not tell who binds a pod
				`pods/rolling-*-* status.phase: "Pending" -> "Running" by kwok, Update status`,
				"pods/rolling-*-* deleted",
			},
		},
		{
			name: "an autoscaler", there: deployment("growing", "1", "web:1"), do: func(t *testing.T) { kubectl(t, autoscaler, "", "create", "-f", "-") },
			want: []string{"horizontalpodautoscalers/growing created by kubectl-create, Update"},
			among: []string{
				"deployments/growing spec.replicas: 1 -> 3 by kube-controller-manager, Update scale",
				"horizontalpodautoscalers/growing status.desiredReplicas: 0 -> 3 by kube-controller-manager, Update status",
				"replicasets/growing-* spec.replicas: 1 -> 3 by kube-controller-manager, Update",
			},
		},
		{
			name: "a custom type whose list has keys", there: router("{zone: b, lane: 1, weight: 1}, {zone: b, lane: 2, weight: 1}"),
			do: inTurn(
				as("team-a", router("{zone: a, lane: 7, weight: 3}")), as("team-a", router("{zone: a, lane: 7, weight: 4}")),
				run("patch", "router", "edge", "--subresource=status", "--type=merge", "--patch", `{"status":{"state":"up"}}`),
			),
			want: []string{
				"routers/edge metadata.generation: 1 -> 2 by nobody",
				`routers/edge spec.routes[7/a]: nothing -> {"lane":7,"weight":3,"zone":"a"} by team-a, Apply`,
				"routers/edge metadata.generation: 2 -> 3 by nobody",
				"routers/edge spec.routes[7/a].weight: 3 -> 4 by team-a, Apply",
				`routers/edge status: nothing -> {"state":"up"} by kubectl-patch, Update status`,
			},
		},
		{
			name: "a name that is no key, and a set", there: roads("alice", "{zone: a, lane: 1, name: left}, {zone: a, lane: 2, name: right}", "a, b, c"),
			do: run("patch", "router", "alice", "--field-manager=bob", "--type=merge", "--patch",
				`{"spec":{"routes":[{"zone":"a","lane":1,"name":"links"},{"zone":"a","lane":2,"name":"right"}],"tags":["b","c","d"]}}`),
			want: []string{
				"routers/alice metadata.generation: 1 -> 2 by nobody",
				`routers/alice spec.routes[1/a].name: "left" -> "links" by bob, Update`,
				`routers/alice spec.tags[2]: nothing -> "d" by bob, Update`,
				`routers/alice spec.tags[0]: "a" -> nothing by nobody`,
			},
		},
		{
			name: "elements of a list that are moved", there: deployment("moved", "0", "web:1"), do: inTurn(
				run("patch", "deployment", "moved", "--type=json", "--patch", `[{"op": "move", "from": "/spec/template/spec/containers/1", "path": "/spec/template/spec/containers/0"},
					{"op": "replace", "path": "/spec/template/spec/containers/1/image", "value": "log:2"}]`)),
			want: []string{
				"deployments/moved metadata.generation: 1 -> 2 by nobody",
				`deployments/moved spec.template.spec.containers[log].image: "log:1" -> "log:2" by kubectl-patch, Update`,
				"deployments/moved spec.template.spec.containers[web] moved from [1] to [0] by nobody", // managedFields do not tell of places
			},
		},
		{
			name: "a custom type whose list is one value", do: inTurn(
				as("team-a", playlist("{title: one, seconds: 100}, {title: two, seconds: 200}")), as("team-a", playlist("{title: one, seconds: 100}, {title: two, seconds: 222}"))),
			want: []string{
				"playlists/drive created by team-a, Apply",
				"playlists/drive metadata.generation: 1 -> 2 by nobody",
				"playlists/drive spec.songs[1].seconds: 200 -> 222 by team-a, Apply",
			},
		},
	}
}
