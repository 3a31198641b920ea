package workload

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// CreateNodes makes the nodes node-0 to node-(count-1), over three zones, for kwok to play.
// Nodes that exist already stay as they are.
func (w *Workload) CreateNodes(ctx context.Context, count int) error {
	for i := range count {
		_, err := w.client.CoreV1().Nodes().Create(ctx, node(i), metav1.CreateOptions{FieldManager: fieldManager})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("creating node %d: %w", i, err)
		}
	}
	return nil
}

func nodeName(i int) string { return fmt.Sprintf("node-%d", i) }

func node(i int) *corev1.Node {
	resources := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("16"),
		corev1.ResourceMemory:           resource.MustParse("64Gi"),
		corev1.ResourceEphemeralStorage: resource.MustParse("200Gi"),
		corev1.ResourcePods:             resource.MustParse("500"),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: nodeName(i),
			Labels: map[string]string{
				corev1.LabelHostname:             nodeName(i),
				corev1.LabelOSStable:             "linux",
				corev1.LabelArchStable:           "amd64",
				corev1.LabelInstanceTypeStable:   "c8.large",
				corev1.LabelTopologyRegion:       "region-1",
				corev1.LabelTopologyZone:         fmt.Sprintf("region-1%c", 'a'+i%3),
				"node-role.kubernetes.io/worker": "",
			},
		},
		Status: corev1.NodeStatus{
			Capacity:    resources,
			Allocatable: resources,
			NodeInfo: corev1.NodeSystemInfo{
				OperatingSystem: "linux", Architecture: "amd64", KubeletVersion: "v1.37.2",
				KernelVersion: "6.12.0", OSImage: "Example Linux 42", ContainerRuntimeVersion: "containerd://2.1.0",
			},
		},
	}
}
