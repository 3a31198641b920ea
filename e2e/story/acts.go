package story

import (
	"context"
	"fmt"
	"path"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// act is something that somebody does to the cluster.
type act func(context.Context, *Story) error

// patch changes one object as a field manager.
func patch(resource schema.GroupVersionResource, namespace, name, manager string, kind types.PatchType, body string, subresources ...string) act {
	return func(ctx context.Context, s *Story) error {
		_, err := s.dynamic.Resource(resource).Namespace(namespace).Patch(ctx, name, kind, []byte(body),
			metav1.PatchOptions{FieldManager: manager}, subresources...)
		return err
	}
}

func deployments() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
}

func promotions() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "shop.example", Version: "v1", Resource: "promotions"}
}

func definitions() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
}

// release gives a Deployment's first container, which is named as the Deployment, another image.
func release(namespace, name, image, manager string) act {
	body := fmt.Sprintf(`{"spec":{"template":{"spec":{"containers":[{"name":%q,"image":%q}]}}}}`, name, registry+image)
	return patch(deployments(), namespace, name, manager, types.StrategicMergePatchType, body)
}

// releaseFrom does the same, and has the container take its environment from a ConfigMap.
func releaseFrom(namespace, name, image, config, manager string) act {
	body := fmt.Sprintf(`{"spec":{"template":{"spec":{"containers":[{"name":%q,"image":%q,"envFrom":[{"configMapRef":{"name":%q}}]}]}}}}`,
		name, registry+image, config)
	return patch(deployments(), namespace, name, manager, types.StrategicMergePatchType, body)
}

// restart makes all pods of a Deployment anew, as "kubectl rollout restart" does.
func restart(namespace, name string) act {
	return func(ctx context.Context, s *Story) error {
		body := fmt.Sprintf(`{"spec":{"template":{"metadata":{"annotations":{%q:%q}}}}}`, restartedAt, time.Now().UTC().Format(time.RFC3339))
		return patch(deployments(), namespace, name, undo, types.StrategicMergePatchType, body)(ctx, s)
	}
}

// memory gives the same container other memory.
func memory(namespace, name, quantity, manager string) act {
	body := fmt.Sprintf(`{"spec":{"template":{"spec":{"containers":[{"name":%q,"resources":{"requests":{"memory":%q},"limits":{"memory":%q}}}]}}}}`,
		name, quantity, quantity)
	return patch(deployments(), namespace, name, manager, types.StrategicMergePatchType, body)
}

func scale(namespace, name string, replicas int, manager string) act {
	return patch(deployments(), namespace, name, manager, types.MergePatchType, fmt.Sprintf(`{"spec":{"replicas":%d}}`, replicas), "scale")
}

// settings changes a ConfigMap's data.
func settings(namespace, name, data, manager string) act {
	resource := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	return patch(resource, namespace, name, manager, types.MergePatchType, `{"data":`+data+`}`)
}

// power turns a node on or off: kwok does not look after one that is off.
func power(node, state string) act {
	resource := schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	return patch(resource, "", node, label, types.MergePatchType, fmt.Sprintf(`{"metadata":{"labels":{%q:%q}}}`, powerLabel, state))
}

// columns adds a printer column to the promotions.
func columns() act {
	const body = `[{"op":"add","path":"/spec/versions/0/additionalPrinterColumns/3",` +
		`"value":{"name":"Redeemed","type":"integer","jsonPath":".status.redeemed"}}]`
	return patch(definitions(), "", "promotions.shop.example", helm, types.JSONPatchType, body)
}

func promotionStatus(name, body string) act {
	return patch(promotions(), "eshop", name, operator, types.MergePatchType, body, "status")
}

func removePromotions() act { return remove(definitions(), "promotions.shop.example") }

func removeImagePolicy() act {
	const group = "admissionregistration.k8s.io"
	return remove(schema.GroupVersionResource{Group: group, Version: "v1", Resource: "validatingwebhookconfigurations"}, "image-policy")
}

// remove deletes an object that is in no namespace.
func remove(resource schema.GroupVersionResource, name string) act {
	return func(ctx context.Context, s *Story) error {
		return s.dynamic.Resource(resource).Delete(ctx, name, metav1.DeleteOptions{})
	}
}

// load makes the pods of an app take so many percent of the CPU that they asked for.
func load(namespace, app string, percent int64) act {
	return func(_ context.Context, s *Story) error {
		s.metrics.setLoad(namespace, app, percent)
		return nil
	}
}

// createObjects creates what a file in manifests/later holds.
func createObjects(file, manager string) act {
	return func(ctx context.Context, s *Story) error {
		return s.create(ctx, path.Join("manifests/later", file), manager)
	}
}
