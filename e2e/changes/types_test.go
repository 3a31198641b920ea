package changes

// types are two types of a cluster's own: one declares by which members the elements of its list are told apart, the other
// that its list is one value.
const types = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: routers.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Router, listKind: RouterList, plural: routers, singular: router}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    additionalPrinterColumns:
    - {name: Weight, type: integer, jsonPath: ".spec.routes[0].weight"}
    - {name: State, type: string, jsonPath: .status.state}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              routes:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [zone, lane]
                items:
                  type: object
                  required: [zone, lane]
                  properties: {zone: {type: string}, lane: {type: integer}, name: {type: string}, weight: {type: integer}}
              tags:
                type: array
                x-kubernetes-list-type: set
                items: {type: string}
          status:
            type: object
            properties: {state: {type: string}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: playlists.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Playlist, listKind: PlaylistList, plural: playlists, singular: playlist}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              songs:
                type: array
                items: {type: object, properties: {title: {type: string}, seconds: {type: integer}}}
`
