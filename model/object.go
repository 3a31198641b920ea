package model

import (
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Key names an object within one watch. Namespace is empty for cluster-scoped
// types.
type Key struct {
	Namespace string
	Name      string
}

// String gives the key as "namespace/name", or "name" where there is no
// namespace: the form that client-go's stores use.
func (k Key) String() string {
	if k.Namespace == "" {
		return k.Name
	}
	return k.Namespace + "/" + k.Name
}

// Object is one object as a watch delivered it: its identity, the cells that
// the server printed for it and its JSON, packed. It is never changed once it
// has been handed to a Store, so that any number of readers may share it
// without a lock.
//
// An Object is a runtime.Object and a metav1.ObjectMetaAccessor, which is all
// that client-go's informers ask of what they carry.
type Object struct {
	Key
	UID             types.UID
	ResourceVersion string
	// Created is the creation time in Unix seconds by the server's clock, 0
	// where the object has none.
	Created int64
	// Received is when the cells came from the server, in whole Unix seconds
	// by the clock of who watches; 0 where that is not known. Ages that the server
	// printed were true then.
	Received int64
	// Written is when the status was written, in Unix seconds by the server's clock: since when what health says of it lasts.
	// 0 where that is not known, or makes no difference.
	Written uint32
	// Deleting tells that the object has a deletionTimestamp.
	Deleting bool
	// Whole tells that JSON has the managedFields.
	Whole bool
	// Columns are what Cells were printed under. Never nil in a Store.
	Columns *Columns
	// Cells holds one printed value a column. Those of a Date column are Unix
	// seconds in decimal, or empty.
	Cells []string
	// Labels are the object's labels; shared between objects that have the
	// same ones, so never to be changed.
	Labels LabelSet
	// Health is how the object is, read from its conditions.
	Health Health

	// managed rides along until the object gets to a Store: others who share the object must not keep it.
	managed atomic.Pointer[carried]
	packed  Packed
}

var (
	_ runtime.Object            = (*Object)(nil)
	_ metav1.ObjectMetaAccessor = (*Object)(nil)
)

// GetObjectKind says nothing: an Object's type is that of its watch.
func (o *Object) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

// DeepCopyObject returns the object itself, which is never changed.
func (o *Object) DeepCopyObject() runtime.Object { return o }

// GetObjectMeta gives the part of the metadata that informers read.
func (o *Object) GetObjectMeta() metav1.Object {
	return &metav1.ObjectMeta{
		Namespace:       o.Namespace,
		Name:            o.Name,
		UID:             o.UID,
		ResourceVersion: o.ResourceVersion,
	}
}

// SetJSON packs the object's JSON, which is not kept. Only before the object is handed to a Store.
func (o *Object) SetJSON(p *Packer, json []byte) { o.packed = p.Pack(json) }

// SetManagedFields gives the object a copy of the JSON of metadata.managedFields on its way to a Store, which hands it to those who ask
// who made the change and forgets it. ends are where in the object's own JSON the values of its members end, as in a
// jsonscan.Object; nil where that is not known.
func (o *Object) SetManagedFields(json []byte, ends []int) { o.managed.Store(carry(json, ends)) }

// take gives what SetManagedFields was given, once, to who lets go of it; nil where there is none.
func (o *Object) take() *carried {
	if o.managed.Load() == nil {
		return nil
	}
	return o.managed.Swap(nil)
}

// JSON unpacks the object's JSON: without managedFields, unless its watch keeps
// them there. The caller must not change it.
func (o *Object) JSON() ([]byte, error) { return o.packed.JSON() }

// Packed is the object's JSON as it is packed, for who keeps it longer than the object.
func (o *Object) Packed() Packed { return o.packed }

// AppendJSON unpacks the object's JSON behind what is in dst.
func (o *Object) AppendJSON(dst []byte) ([]byte, error) { return o.packed.AppendJSON(dst) }

// CreatedAt is Created as a time, zero where the object has none.
func (o *Object) CreatedAt() time.Time {
	if o.Created == 0 {
		return time.Time{}
	}
	return time.Unix(o.Created, 0)
}
