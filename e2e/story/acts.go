package story

import (
	"context"
	"fmt"
	"path"

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

func removePromotions() act {
	return func(ctx context.Context, s *Story) error {
		return s.dynamic.Resource(definitions()).Delete(ctx, "promotions.shop.example", metav1.DeleteOptions{})
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
